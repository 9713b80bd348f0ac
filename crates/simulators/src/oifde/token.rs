//! `gettoken`, and the life of tokens and accounts (section 3).

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use tokio::time::Instant;

use super::choices::TokenStyle;
use super::engine::Engine;
use super::fault::{Answer, Fault};
use super::fields::{Fields, Signed};
use super::options::OifdeOptions;

/// Tokens given out, and secrets got wrong.
#[derive(Default)]
pub(super) struct Tokens {
    issued: BTreeMap<String, Token>,
    count: u64,
    /// Wrong secrets in a row, by account.
    failures: BTreeMap<String, u32>,
}

struct Token {
    account: String,
    /// `None` for never.
    expires: Option<Instant>,
    superseded: bool,
}

impl Engine {
    /// `POST /oifde/rest/api/gettoken`.
    pub(super) fn get_token(&mut self, request: &Fields<'_>) -> Answer {
        let account = request.required("appKey")?;
        let secret = request.required("appSecret")?;
        let options = self.options.clone();
        let password = options
            .password_of(&account)
            .ok_or_else(|| Fault::new(SECRET_UNKNOWN, "secret does not exist"))?;
        let failures = self.tokens.failures.entry(account.clone()).or_default();
        if options.lock_after.is_some_and(|limit| *failures >= limit) {
            return Err(Fault::new(ACCOUNT_LOCKED, "account locked"));
        }
        if password.expose() != secret {
            *failures += 1;
            return Err(Fault::new(SECRET_WRONG, "secret wrong"));
        }
        *failures = 0;
        Ok(self.tokens.issue(&account, &options))
    }

    /// Checks the token of an ordinary request: `authToken` in the body, for this tenant, or a component's in the headers.
    pub(super) fn authorise(&self, tenant: &str, request: &Fields<'_>) -> Result<(), Fault> {
        if let Some(signed) = request.signed().filter(|_| !request.has("authToken")) {
            return self.admit(signed);
        }
        let owner = self.tenant_of(request, "authToken")?;
        if owner == tenant { Ok(()) } else { Err(check_failed()) }
    }

    /// Section 3: whoever signs in headers may act for any tenant as a component of the product, and not as a third party.
    fn admit(&self, Signed { account, token }: Signed<'_>) -> Result<(), Fault> {
        let owner = self.owner_of(token)?;
        let options = &self.options;
        let admitted = options.components_admitted && options.component_accounts.contains_key(account);
        if admitted && owner == account {
            Ok(())
        } else {
            Err(check_failed())
        }
    }

    /// The tenant to whom the token in this member belongs.
    pub(super) fn tenant_of(&self, request: &Fields<'_>, member: &str) -> Result<String, Fault> {
        let given = request.text(member)?.filter(|token| !token.is_empty());
        let given = given.ok_or_else(|| Fault::token(self.options.codes.token_missing, "no token given"))?;
        let owner = self.owner_of(&given)?;
        self.options
            .is_tenant(owner)
            .then(|| owner.to_owned())
            .ok_or_else(check_failed)
    }

    /// The account to which a token was given that is still good.
    fn owner_of(&self, token: &str) -> Result<&str, Fault> {
        let token = self.tokens.issued.get(token).ok_or_else(check_failed)?;
        if token.superseded {
            return Err(Fault::token(
                self.options.codes.token_superseded,
                "token replaced by a newer one",
            ));
        }
        if token.expires.is_some_and(|at| at <= Instant::now()) {
            return Err(Fault::token(TOKEN_EXPIRED, "token expired"));
        }
        Ok(&token.account)
    }
}

impl Tokens {
    fn issue(&mut self, account: &str, options: &OifdeOptions) -> Map<String, Value> {
        self.count += 1;
        let text = spelt(self.count, options.token_style);
        if options.new_token_kills_old {
            let older = self.issued.values_mut().filter(|token| token.account == account);
            older.for_each(|token| token.superseded = true);
        }
        let expires = Instant::now().checked_add(options.token_life);
        self.issued.insert(
            text.clone(),
            Token {
                account: account.into(),
                expires,
                superseded: false,
            },
        );
        let mut answer = Map::new();
        answer.insert("authToken".into(), text.into());
        if options.tells_expiry {
            answer.insert("expireTime".into(), json!(options.token_life.as_secs()));
        }
        answer
    }

    /// How many were given out.
    pub(super) fn count(&self) -> u64 {
        self.count
    }

    pub(super) fn expire_all(&mut self) {
        let now = Instant::now();
        self.issued.values_mut().for_each(|token| token.expires = Some(now));
    }

    pub(super) fn unlock(&mut self) {
        self.failures.clear();
    }
}

fn check_failed() -> Fault {
    Fault::token(TOKEN_INVALID, "token check failed")
}

fn spelt(number: u64, style: TokenStyle) -> String {
    // An odd factor permutes the 64-bit numbers: every token differs, and none shows that it is a counter.
    let mixed = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    match style {
        TokenStyle::Short => format!("t{mixed:016x}"),
        TokenStyle::Jwt => format!(
            "eyJhbGciOiJIUzI1NiJ9.eyJqdGkiOiJ{mixed:016x}In0.{:016x}-_{mixed:x}",
            !mixed
        ),
    }
}

const TOKEN_EXPIRED: u32 = 900_001;
const TOKEN_INVALID: u32 = 900_002;
const SECRET_UNKNOWN: u32 = 200_800_001;
const SECRET_WRONG: u32 = 200_800_002;
const ACCOUNT_LOCKED: u32 = 200_800_003;
