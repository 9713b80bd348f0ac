//! words
#![allow(dead_code, missing_docs, unreachable_pub)]
mod words;
pub use words::customer_at;
