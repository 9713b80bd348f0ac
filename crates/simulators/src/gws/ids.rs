//! Ids and tokens in the spelling of the real server, counted instead of drawn: a run can be repeated to the letter.

use super::options::{Build, GwsOptions};

/// `callUuid`: 32 characters out of `0-9A-V`.
pub(super) fn call_uuid(number: u64) -> String {
    format!("00A1B2C3D4E5F6G7H8J9K0LMN{number:07}")
}

/// `connId`: 16 hexadecimal digits.
pub(super) fn conn_id(number: u64) -> String {
    format!("007002f1{:08x}", number.wrapping_add(0xc0a1_b000))
}

/// What stands in `id`: one or the other, by the build.
pub(super) fn call_id(number: u64, options: &GwsOptions) -> String {
    if options.id_is_conn_id || options.build == Build::Old {
        conn_id(number)
    } else {
        call_uuid(number)
    }
}

/// A device id: a UUID with hyphens, told apart by the telephone's number.
pub(super) fn device_id(number: &str) -> String {
    format!("5d0c8a52-6a1e-4c0b-9f37-{number:0>12}")
}

/// The telephone's number in a device id.
pub(super) fn number_in_device_id(id: &str) -> Option<&str> {
    let number = id.rsplit('-').next()?.trim_start_matches('0');
    (device_id(number) == id).then_some(number)
}

/// A user id: 32 hexadecimal digits without hyphens.
pub(super) fn user_id(name: &str) -> String {
    let folded = name.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    format!("8f2d4c6b0a1e4d3c{folded:016x}")
}

/// Numbers every cookie, token and client id that the server hands out.
#[derive(Debug, Default)]
pub(super) struct Mint(u64);

impl Mint {
    pub(super) fn session(&mut self) -> String {
        format!("{:032X}.node1", u128::from(self.scrambled()) << 32 | u128::from(self.0))
    }

    /// A UUID.
    pub(super) fn csrf_token(&mut self) -> String {
        let bits = self.scrambled();
        format!("3f0c2a4e-6d0b-4f59-{:04x}-{:012x}", bits >> 48, bits & 0xffff_ffff_ffff)
    }

    pub(super) fn client(&mut self) -> String {
        format!("47l{:016x}bnlvbtb", self.scrambled())
    }

    pub(super) fn browser(&mut self) -> String {
        format!("1k{:016x}", self.scrambled())
    }

    fn scrambled(&mut self) -> u64 {
        self.0 += 1;
        scramble(self.0)
    }
}

/// A number mixed so that neighbours look unlike (the finaliser of splitmix64).
pub(super) fn scramble(number: u64) -> u64 {
    let mut bits = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}
