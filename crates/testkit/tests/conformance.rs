//! The fake keeps what every adapter has to keep.

callcontrol_testkit::conformance!(callcontrol_testkit::conformance::FakeHarness::new);
