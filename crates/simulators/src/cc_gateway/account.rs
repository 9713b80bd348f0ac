//! Signing in by account instead of agent id, the softphone's token, and changing the password (section 3.4).

use serde_json::json;

use super::answer::{Answer, Done, Fault};
use super::ask::Ask;
use super::choices::Password;
use super::gateway::Gateway;
use super::sign_in::{DOCUMENTED, How, LOCKED, WRONG_PASSWORD, begin};

/// `PUT onlineagent/loginbyaccount`: the agent id is learnt from the answer.
pub(super) fn sign_in_by_account(gateway: &Gateway, ask: &Ask) -> Answer {
    let options = gateway.options();
    let fields = ask.fields(&DOCUMENTED, &options)?;
    let account = fields.text("account")?.ok_or(Fault::Code("100-001"))?;
    let agent = options.accounts.get(&account).ok_or(WRONG_ACCOUNT)?;
    begin(gateway, agent, &fields, How::Plain).map_err(|fault| match fault {
        WRONG_PASSWORD => WRONG_ACCOUNT,
        LOCKED => Fault::Code("100-061"),
        other => other,
    })
}

/// `POST onlineagent/{agentid}/logininfo`: a temporary password of the softphone. The member's name is not documented.
pub(super) fn softphone_token(gateway: &Gateway, _: &Ask) -> Answer {
    let token = gateway.state().new_guid(&gateway.options());
    Ok(Done::Result(json!({ "token": token })))
}

/// `POST onlineagent/{agentid}/modifyaccountpwdex`
pub(super) fn change_password(gateway: &Gateway, ask: &Ask) -> Answer {
    let options = gateway.options();
    let fields = ask.fields(&["oldPassword", "newPassword"], &options)?;
    let old = fields.text("oldPassword")?.unwrap_or_default();
    let new = fields.text("newPassword")?.ok_or(Fault::PARAMETER)?;
    if new.len() > 32 {
        return Err(Fault::PARAMETER);
    }
    if !options.password_of(&ask.agent).is(&old) {
        return Err(WRONG_PASSWORD);
    }
    gateway.update_options(|options| {
        options
            .passwords
            .insert(ask.agent.clone(), Password::from(new.as_str()));
    });
    Ok(Done::Command)
}

const WRONG_ACCOUNT: Fault = Fault::Code("100-062");
