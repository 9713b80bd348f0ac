//! One application, three vendors.
