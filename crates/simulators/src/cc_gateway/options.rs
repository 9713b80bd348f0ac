//! What can be set on the simulated gateway: the operator's settings, and one switch for each point on which Huawei's
//! documents are silent or disagree. Section numbers are those of the vendor's agent REST API reference.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use callcontrol_testkit::switch::Party;
use http::StatusCode;

use super::choices::{
    AfterRestart, AgentGroup, AuthCode, AuthMode, BadRequest, BareEvents, BatchGuids, Charset, ConnectHoldCodes,
    EmptyPoll, EventMethod, ForwardingCallId, HelperCallId, IncomingCallInfo, LastCallFlag, NoInspectorRight, Password,
    PhoneAlerting, PushForm, PutOrPost, ReleaseWhileRinging, SayFree, SecondPoll, StateInCall, TalkForwarding,
    TransferredCallId, Unreachable,
};

/// Settings of a [`CcGatewaySimulator`](super::CcGatewaySimulator). The defaults are those of a new installation, and
/// where sources disagree, the newest.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CcGatewayOptions {
    /// Password of every agent without one of its own: `cti-secret`.
    pub password: Password,
    /// Passwords of single agents, by agent id.
    pub passwords: BTreeMap<String, Password>,
    /// After so many wrong passwords in a row an agent is locked (`110-016`); `None` never locks.
    pub lock_after: Option<u32>,
    /// Whether `phonenum` must be the number of the agent's telephone (`100-014` otherwise).
    pub phone_must_match: bool,
    /// Accounts of `loginbyaccount` and the agents they stand for (3.4): `ann`, `bob` and `eve`.
    pub accounts: BTreeMap<String, String>,
    /// Days until passwords expire, as sign-in tells; `None` is never (3.3).
    pub password_days: Option<u32>,
    /// Whether sign-in tells that the password must be changed (3.3).
    pub must_change_password: bool,
    /// Whether queue calls reach an agent only after `resetskill` (3.3, *two things are required*).
    pub queues_need_reset: bool,
    /// Whether `releasephone` is on by default in a forced sign-in; one edition says that it is off (3.3).
    pub forced_releases_phone: bool,
    /// What a sign-in meets whose agent was signed in when the gateway restarted.
    pub after_restart: AfterRestart,
    /// `AUTHMODE` and its times (3.2).
    pub auth: AuthMode,
    /// Whether the sign-in answer of the rotating mode carries `Set-GUID` too (19.1; every client assumes it).
    pub guid_on_rotating_sign_in: bool,
    /// What a missing or wrong GUID gets (3.1).
    pub missing_guid: AuthCode,
    /// What the former holder gets after somebody else's forced sign-in (3.4).
    pub displaced: AuthCode,
    /// Name of the gateway node, the GUID's suffix.
    pub node: String,
    /// Seed of the GUIDs: the same seed gives the same ones.
    pub guid_seed: u64,
    /// Name of a load balancer's cookie: set by sign-in, and without it a request reaches a node that does not know
    /// the agent (1, *Cookies*).
    pub sticky_cookie: Option<String>,
    /// Largest agent id that a path may name: 59 999 to 2025-03, 999 999 from 2025-11 (1).
    pub largest_agent_id: u32,

    /// Whether events are fetched agent by agent or for all agents at once (`EVENT_METHOD`, 5.2).
    pub event_method: EventMethod,
    /// Most events in one answer of the poll for all agents (5.2 does not say).
    pub batch_size: usize,
    /// What becomes of the GUIDs of the agents in whose name nobody polls when all are polled at once (5.2 does not say).
    pub batch_guids: BatchGuids,
    /// The form of a push to a `callBackUri`; a `pushUrl` gets envelopes in any case (5.3).
    pub push_form: PushForm,
    /// Most events in one push (5.3 does not say).
    pub push_batch: usize,
    /// How long a push waits for its answer (5.3 does not say).
    pub push_timeout: Duration,
    /// How long after a failed push it is tried again (5.3 does not say).
    pub push_retry: Duration,
    /// How long a poll without event waits; zero is `AGENT_POLL_WAIT_FLAG = OFF` (5.1).
    pub poll_wait: Duration,
    /// An agent who has not polled for longer is signed out (3.7).
    pub poll_gap: Duration,
    /// What a second poll beside a pending one gets (19.11).
    pub second_poll: SecondPoll,
    /// Events kept for an agent who does not fetch them; the oldest go first (19.11).
    pub event_queue: usize,
    /// How a poll without event is answered; the first is the documented one (5.1).
    pub empty_poll: EmptyPoll,
    /// Whether events carry `eventGenTime` (5.1).
    pub event_gen_time: bool,
    /// Which events come without the outer envelope (5.5).
    pub bare_events: BareEvents,
    /// Whether events and `StopRecordDone` carry `jsonKey` (15.7).
    pub json_keys: bool,

    /// Whether `StopRecordDone` carries `recordFormat` (5.4, newer releases).
    pub record_format: bool,
    /// Whether the texts of notes and bulletins end in `\u{0}` (15.8).
    pub padded_texts: bool,
    /// What stands between the numbers in `partner` (5.4): `,`, `, ` or `，`.
    pub partner_separator: &'static str,
    /// Whether `transfrom` is spelled `transFrom` (15.6).
    pub camel_trans_from: bool,
    /// Whether the agent is told of a customer who gave up while ringing (`AgentEvent_AbandonCall`, 5.4).
    pub abandon_event: bool,
    /// Whether what an agent does on a linked telephone has the `linkage` events (5.4).
    pub linkage_events: bool,
    /// Whether and when `AgentEvent_Incoming_CallInfo` comes (5.4, 17.2).
    pub incoming_call_info: IncomingCallInfo,
    /// What `AgentOther_PhoneAlerting` carries (19.2).
    pub phone_alerting: PhoneAlerting,
    /// Whether `Ringing` and `Auto_Answer` carry `mediaType` (18).
    pub ringing_media_type: bool,
    /// A letter in front of an agent's number in `Ringing`, `a` or `A` (5.4).
    pub agent_prefix: Option<char>,
    /// Whether calls are recorded, with the events of it (5.4).
    pub recording: bool,
    /// Whether a failed outbound call is explained by `OUTBOUND_DETECT_EVENT` (6.1, newer releases).
    pub outbound_detect: bool,
    /// Whether `Call_Out_Fail` is followed by `Connect_Fail`, as 6.1 lists.
    pub connect_fail_too: bool,
    /// Whether the older `AgentEvent_TransOutResult` accompanies transfers to external numbers (7, 18).
    pub trans_out_result: bool,
    /// Which events tell that the third party of a talk forwarding answered (19.3).
    pub talk_forwarding: TalkForwarding,
    /// Under which call id the leg to the third party of a transfer 5/3 or 5/4 goes.
    pub forwarding_call_id: ForwardingCallId,
    /// Which call id the agent sees to whom a call was transferred (19.4).
    pub transferred_call_id: TransferredCallId,
    /// Under which call id a helper goes on with the customer (6.2 does not say).
    pub helper_call_id: HelperCallId,
    /// Whether `Customer_Release` follows the agent's own release or blind transfer, as sections 6 and 7 list and 17.2
    /// does not.
    pub customer_release_after_own: bool,
    /// Whether a blind transfer begins with `Customer_Alerting` (7: "listed, not always seen").
    pub blind_customer_alerting: bool,
    /// How a blind or hang-up transfer to a target that cannot be reached fails (7).
    pub unreachable: Unreachable,
    /// What `release` does while the consulted party still rings (6.2 does not say).
    pub release_while_ringing: ReleaseWhileRinging,
    /// Which event `sayfree` gives (4).
    pub say_free: SayFree,
    /// What a change of state asked for during a call does (4).
    pub state_in_call: StateInCall,
    /// Whether the agent may send tones in a conference: the edition of 2023 says so, that of 2025 does not (6.4).
    pub agent_digits_in_conference: bool,
    /// Whether mode 3, the specified transfer, is accepted for an agent (7).
    pub specified_transfer: bool,
    /// Whether external addresses may hold `A`–`E`, `*` and `#`: earlier editions know digits only (7, 18).
    pub external_letters: bool,
    /// Most bytes of call-associated data: 16 KB, 1,024 in 2018 (18).
    pub call_data_limit: usize,
    /// Whether internal and help calls can be held, muted and transferred (14.1 says no).
    pub internal_calls_like_others: bool,
    /// Whether `assignuserinqueue` moves only calls out of queues the agent is signed in to (8.1).
    pub requeue_own_queues_only: bool,
    /// Which error codes `connecthold` uses (6).
    pub connect_hold_codes: ConnectHoldCodes,
    /// The method of `setcalldataex` (8, 19.7).
    pub set_call_data: PutOrPost,
    /// The method of `phonepickup` and `phonehangup` (6, 19.7).
    pub phone_methods: PutOrPost,
    /// What `isNoContainLastCall=true` means (8, 19.10).
    pub last_call_flag: LastCallFlag,
    /// System access codes (device type 4) and where they lead. `6048` leads to queue 25.
    pub access_codes: BTreeMap<String, Party>,

    /// Who may inspect other agents (9): agent 103.
    pub inspectors: BTreeSet<String>,
    /// What whoever may not inspect gets (9).
    pub no_inspector_right: NoInspectorRight,
    /// Whether listening and whispering lift and release the inspector's telephone, with the events of it; the
    /// documents name no event.
    pub inspector_phone_events: bool,
    /// Who may pick up calls that ring at others (6): all three agents.
    pub pick_up_right: BTreeSet<String>,
    /// Names of agents, by id; an agent without one goes by the id.
    pub names: BTreeMap<String, String>,
    /// Agent groups (11): one, with all three agents.
    pub groups: Vec<AgentGroup>,
    /// Rest reasons, by code (11).
    pub rest_reasons: BTreeMap<u8, String>,

    /// What a path parameter outside its pattern gets (1).
    pub path_mismatch: BadRequest,
    /// What a body that is no JSON object gets (19.8).
    pub malformed_body: BadRequest,
    /// What a member nobody documents gets in a body; `None` ignores it (15.10).
    pub unknown_property: Option<BadRequest>,
    /// Status for a wrong method (1: an HTTP error, 405 expected).
    pub wrong_method: StatusCode,
    /// Whether repeated slashes in a path count as one (15.11).
    pub double_slash: bool,
    /// `message` of a successful command: empty, or `success` (2).
    pub success_message: &'static str,
    /// Whether a successful command has `"result":{}`; it is absent in many older answers (2).
    pub empty_result: bool,
    /// Whether `retcode` of a success is the number 0 (15.1).
    pub numeric_retcode: bool,
    /// In which encoding answers are written (1, *Response body*).
    pub charset: Charset,
    /// Whether `vdnid` is a string, as documented, or a number, as in the sample (3.3).
    pub vdn_id_as_string: bool,
    /// Epoch second at which the simulator begins: the first half of call ids, and the base of all times.
    pub epoch: u64,
}

impl Default for CcGatewayOptions {
    fn default() -> Self {
        Self {
            password: Password::from("cti-secret"),
            passwords: BTreeMap::new(),
            lock_after: Some(5),
            phone_must_match: false,
            accounts: pairs([("ann", "101"), ("bob", "102"), ("eve", "103")]),
            password_days: None,
            must_change_password: false,
            queues_need_reset: true,
            forced_releases_phone: true,
            after_restart: AfterRestart::SignsIn,
            auth: AuthMode::default(),
            guid_on_rotating_sign_in: true,
            missing_guid: AuthCode::NoRight,
            displaced: AuthCode::NotSignedIn,
            node: "AgentGateway0".into(),
            guid_seed: 1,
            sticky_cookie: None,
            largest_agent_id: 999_999,
            event_method: EventMethod::Single,
            batch_size: 100,
            batch_guids: BatchGuids::StayValid,
            push_form: PushForm::Batch,
            push_batch: 50,
            push_timeout: Duration::from_secs(10),
            push_retry: Duration::from_secs(1),
            poll_wait: Duration::from_secs(10),
            poll_gap: Duration::from_secs(120),
            second_poll: SecondPoll::Competes,
            event_queue: 10_000,
            empty_poll: EmptyPoll::Absent,
            event_gen_time: false,
            bare_events: BareEvents::Never,
            json_keys: false,
            record_format: false,
            padded_texts: false,
            partner_separator: ",",
            camel_trans_from: false,
            abandon_event: false,
            linkage_events: true,
            incoming_call_info: IncomingCallInfo::BeforeRinging,
            phone_alerting: PhoneAlerting::Null,
            ringing_media_type: false,
            agent_prefix: None,
            recording: true,
            outbound_detect: true,
            connect_fail_too: true,
            trans_out_result: false,
            talk_forwarding: TalkForwarding::Talking,
            forwarding_call_id: ForwardingCallId::Customers,
            transferred_call_id: TransferredCallId::Same,
            helper_call_id: HelperCallId::HelpCalls,
            customer_release_after_own: true,
            blind_customer_alerting: false,
            unreachable: Unreachable::Events,
            release_while_ringing: ReleaseWhileRinging::EndsConsult,
            say_free: SayFree::ByState,
            state_in_call: StateInCall::AppliesAfterwards,
            agent_digits_in_conference: true,
            specified_transfer: true,
            external_letters: true,
            call_data_limit: 16 * 1024,
            internal_calls_like_others: false,
            requeue_own_queues_only: true,
            connect_hold_codes: ConnectHoldCodes::Catalogue,
            set_call_data: PutOrPost::Either,
            phone_methods: PutOrPost::Either,
            last_call_flag: LastCallFlag::TrueExcludes,
            access_codes: BTreeMap::from([("6048".into(), Party::queue("25"))]),
            inspectors: BTreeSet::from(["103".into()]),
            no_inspector_right: NoInspectorRight::QualityControl,
            inspector_phone_events: false,
            pick_up_right: ["101", "102", "103"].map(str::to_owned).into(),
            names: pairs([("101", "Ann"), ("102", "Bob"), ("103", "Eve")]),
            groups: vec![AgentGroup::new(1, "Front desk", "103", ["101", "102", "103"])],
            rest_reasons: BTreeMap::from([(200, "Lunch".into()), (201, "Training".into())]),
            path_mismatch: BadRequest::Http(StatusCode::NOT_FOUND),
            malformed_body: BadRequest::Http(StatusCode::BAD_REQUEST),
            unknown_property: None,
            wrong_method: StatusCode::METHOD_NOT_ALLOWED,
            double_slash: true,
            success_message: "",
            empty_result: true,
            numeric_retcode: false,
            charset: Charset::Utf8,
            vdn_id_as_string: false,
            epoch: 1_456_401_416,
        }
    }
}

impl CcGatewayOptions {
    pub(super) fn password_of(&self, agent: &str) -> &Password {
        self.passwords.get(agent).unwrap_or(&self.password)
    }

    pub(super) fn name_of<'a>(&'a self, agent: &'a str) -> &'a str {
        self.names.get(agent).map_or(agent, String::as_str)
    }

    pub(super) fn group_of(&self, agent: &str) -> Option<&AgentGroup> {
        self.groups.iter().find(|group| group.agents.contains(agent))
    }
}

fn pairs<const N: usize>(pairs: [(&str, &str); N]) -> BTreeMap<String, String> {
    pairs.map(|(key, value)| (key.to_owned(), value.to_owned())).into()
}
