//! Made-up values that are the same again for the same seed.
//!
//! The sandbox has no need of surprise, but of worlds that a failing test can meet again. So it
//! carries a small generator (splitmix64) of its own, whose numbers no dependency can change.

use std::net::Ipv4Addr;

use serde::{Deserialize, Serialize};

const LETTERS_AND_DIGITS: &[u8] = b"abcdefghijkmnpqrstuvwxyz23456789";

/// A deterministic source of numbers and names. Not for secrets.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Random {
    state: u64,
}

impl Random {
    /// A source that depends on the seed and a label, so that two vendors' worlds differ.
    pub fn derived(seed: u64, label: &str) -> Self {
        let mut random = Self { state: seed };
        for byte in label.bytes() {
            random.state = random.state.rotate_left(8) ^ u64::from(byte);
            random.state = random.number();
        }
        random
    }

    /// The next number.
    pub fn number(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// The next number below `limit`; 0 for a limit of 0.
    pub fn below(&mut self, limit: u64) -> u64 {
        self.number().checked_rem(limit).unwrap_or(0)
    }

    /// The next fraction: at least 0, below 1.
    pub fn fraction(&mut self) -> f64 {
        // A double holds 53 bits exactly.
        (self.number() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// `length` lower-case letters and digits, without those that are easily confused.
    pub fn text(&mut self, length: usize) -> String {
        (0..length)
            .map(|_| {
                let index = (self.number() >> 32) as usize % LETTERS_AND_DIGITS.len();
                char::from(LETTERS_AND_DIGITS[index])
            })
            .collect()
    }

    /// A made-up user name.
    pub fn username(&mut self) -> String {
        format!("u{}", self.text(11))
    }

    /// A made-up password.
    pub fn password(&mut self) -> String {
        self.text(16)
    }
}

/// Hands out addresses, each once: first those of the documentation ranges (192.0.2.0/24,
/// 198.51.100.0/24, 203.0.113.0/24), then those of 100.64.0.0/10. None of them is anyone's.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Addresses {
    start: u32,
    issued: u32,
}

/// Usable addresses of the three documentation ranges.
const DOCUMENTATION: u32 = 3 * 254;
/// Addresses of 100.64.0.0/10.
const SHARED: u32 = 1 << 22;

impl Addresses {
    /// A fresh supply, whose order depends on `random`.
    pub fn new(random: &mut Random) -> Self {
        Self {
            start: (random.number() >> 32) as u32 % SHARED,
            issued: 0,
        }
    }

    /// The next address.
    pub fn issue(&mut self) -> Ipv4Addr {
        let index = self.issued;
        self.issued = self.issued.wrapping_add(1);
        if index < DOCUMENTATION {
            // 5 shares no divisor with 762, so the steps meet every address once.
            let spread = (self.start % DOCUMENTATION + index * 5) % DOCUMENTATION;
            let host = 1 + (spread % 254) as u8;
            match spread / 254 {
                0 => Ipv4Addr::new(192, 0, 2, host),
                1 => Ipv4Addr::new(198, 51, 100, host),
                _ => Ipv4Addr::new(203, 0, 113, host),
            }
        } else {
            let offset = self.start.wrapping_add(index - DOCUMENTATION) % SHARED;
            Ipv4Addr::from_bits(Ipv4Addr::new(100, 64, 0, 0).to_bits() + offset)
        }
    }
}
