//! One small contact centre, the same behind every simulator, so that one story can be played on all of them.

use callcontrol_testkit::switch::{Queue, SharedSwitch, Switch};

/// The customer who calls in.
pub const CUSTOMER: &str = "2065550100";
/// Another customer.
pub const OTHER_CUSTOMER: &str = "2065550101";
/// An outside third party.
pub const THIRD_PARTY: &str = "90012345";
/// Agent Ann: id and number of her phone.
pub const ANN: (&str, &str) = ("101", "7001");
/// Agent Bob.
pub const BOB: (&str, &str) = ("102", "7002");
/// Agent Eve, a supervisor.
pub const EVE: (&str, &str) = ("103", "7003");
/// The queue for billing, served by Bob and Eve: its id. Its name is `Billing`, its number 8000, its route code 2500.
pub const BILLING: &str = "25";
/// The queue for support, served by nobody, so that calls wait in it: its id. Its name is `Support`, its number 8001, its route code 2600.
pub const SUPPORT: &str = "26";
/// The IVR flow that checks a PIN: code and number are the same.
pub const PIN_CHECK: &str = "1321";

/// Three agents (signed out until they sign in), two queues, an IVR flow, three outside numbers.
#[must_use]
pub fn switch() -> SharedSwitch {
    let billing = Queue::new(BILLING).named("Billing").numbered("8000").routed("2500");
    let support = Queue::new(SUPPORT).named("Support").numbered("8001").routed("2600");
    let switch = Switch::builder()
        .absent_agent(ANN.0, ANN.1)
        .absent_agent(BOB.0, BOB.1)
        .absent_agent(EVE.0, EVE.1)
        .queue_with(billing)
        .queue_with(support)
        .serves(BOB.0, BILLING)
        .serves(EVE.0, BILLING)
        .ivr(PIN_CHECK, Some(PIN_CHECK))
        .outside(CUSTOMER)
        .outside(OTHER_CUSTOMER)
        .outside(THIRD_PARTY)
        .build();
    SharedSwitch::new(switch)
}
