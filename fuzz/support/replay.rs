//! Replays in `cargo test` what the fuzzer kept, and a seeded set of mutations of it. Each fuzzed crate includes this file into its tests.

#![allow(dead_code, reason = "each crate uses its part")]

use std::path::{Path, PathBuf};

/// An input made by hand or of a fixture, with its name.
pub(crate) type Sample = (String, Vec<u8>);

/// Runs a target over its corpus, these samples, and as many mutations of both. The same in every run.
pub(crate) fn replay(target: &str, samples: &[Vec<u8>], mutations: usize, run: fn(&[u8])) {
    let mut kept = corpus(target);
    assert!(!kept.is_empty(), "fuzz/corpus/{target} is empty");
    kept.extend_from_slice(samples);
    for input in &kept {
        shown_if_it_fails(input, run);
    }
    let mut dice = Dice(0x9e37_79b9 ^ target.len() as u64);
    for round in 0..mutations {
        let input = mutated(&kept, round % KINDS, &mut dice);
        shown_if_it_fails(&input, run);
    }
}

/// A failure without its input could not be looked into.
fn shown_if_it_fails(input: &[u8], run: fn(&[u8])) {
    struct Shown<'a>(&'a [u8]);
    impl Drop for Shown<'_> {
        fn drop(&mut self) {
            if std::thread::panicking() {
                eprintln!("the input: b\"{}\"", self.0.escape_ascii());
            }
        }
    }
    let _shown = Shown(input);
    run(input);
}

/// Writes the samples into the target's corpus, under names that tell where they are from.
pub(crate) fn write_samples(target: &str, samples: &[(String, Vec<u8>)]) {
    let folder = root().join("fuzz/corpus").join(target);
    std::fs::create_dir_all(&folder).unwrap();
    for (name, bytes) in samples {
        std::fs::write(folder.join(format!("sample-{name}")), bytes).unwrap();
    }
}

/// Every message of a vendor's fixtures, by name.
pub(crate) fn fixtures(adapter: &str) -> Vec<(String, Vec<u8>)> {
    let files = files(&root().join("tests/fixtures").join(adapter));
    let json = files.into_iter().filter_map(|path| {
        let name = path.file_name()?.to_str()?.strip_suffix(".json")?.to_owned();
        Some((name, std::fs::read(path).unwrap()))
    });
    json.collect()
}

/// A script and the pieces that answer it, as `far_end.rs` reads them.
pub(crate) fn story(name: &str, script: &str, pieces: Vec<Vec<u8>>) -> (String, Vec<u8>) {
    let mut story = script.as_bytes().to_vec();
    for piece in pieces {
        story.push(0x1e);
        story.extend(piece);
    }
    (name.to_owned(), story)
}

fn corpus(target: &str) -> Vec<Vec<u8>> {
    let files = files(&root().join("fuzz/corpus").join(target));
    files.iter().map(|path| std::fs::read(path).unwrap()).collect()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

pub(crate) fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

/// One hostile change of one input, or of two.
fn mutated(kept: &[Vec<u8>], kind: usize, dice: &mut Dice) -> Vec<u8> {
    let mut input = kept[dice.below(kept.len())].clone();
    let at = dice.below(input.len() + 1);
    let end = at + dice.below(input.len() - at + 1);
    match kind {
        0 => input.truncate(at),
        1 => {
            let part = input[at..end].to_vec();
            input.splice(at..at, part);
        }
        2 if !input.is_empty() => {
            let at = at.min(input.len() - 1);
            input[at] ^= 1 << dice.below(8);
        }
        3 => {
            let other = &kept[dice.below(kept.len())];
            let from = dice.below(other.len() + 1);
            input.truncate(at);
            input.extend_from_slice(&other[from..]);
        }
        4 => insert(&mut input, at, &"[{\"a\":".repeat(1 + dice.below(200)).into_bytes()),
        5 => {
            // Where a number stands, another one.
            let digits = input.iter().enumerate().filter(|(_, byte)| byte.is_ascii_digit());
            let places: Vec<usize> = digits.map(|(at, _)| at).collect();
            let at = places.get(dice.below(places.len().max(1))).copied().unwrap_or(at);
            insert(&mut input, at, NUMBERS[dice.below(NUMBERS.len())].as_bytes());
        }
        6 => insert(&mut input, at, WORDS[dice.below(WORDS.len())]),
        _ => {
            input.splice(at..end, []);
        }
    }
    input
}

fn insert(input: &mut Vec<u8>, at: usize, what: &[u8]) {
    input.splice(at..at, what.iter().copied());
}

/// Numbers that come out the same in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        // SplitMix64.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % bound.max(1) as u64) as usize
    }
}

const KINDS: usize = 8;
const NUMBERS: [&str; 7] = [
    "99999999999999999999",
    "-9223372036854775809",
    "18446744073709551615",
    "1e400",
    "-0",
    "0.1e-400",
    "4294967296",
];
const WORDS: [&[u8]; 12] = [
    b"\xef\xbb\xbf",
    b"\\ud800",
    b"\xed\xa0\x80",
    b"\0",
    b"\xff\xfe",
    b"\xc0\xaf",
    b"\r\nx: y",
    b"../",
    b"\x1b[31m",
    b"\xe2\x80\xae",
    b"//evil.example/",
    b"null",
];

/// Nests that overflow a careless reader's stack.
pub(crate) fn nests() -> Vec<Vec<u8>> {
    ["[", "{\"event\":", "{\"user\":{\"calls\":[", "[{\"data\":"]
        .iter()
        .map(|open| open.repeat(200_000).into_bytes())
        .collect()
}

/// What is no UTF-8, or no text that JSON allows; `wrap` puts a text into a message of the vendor's.
pub(crate) fn broken_texts(wrap: &dyn Fn(&str) -> String) -> Vec<Vec<u8>> {
    let marked = wrap("MARK");
    let bad: [&[u8]; 7] = [
        b"\xff",
        b"\xc0\xaf",
        b"\xed\xa0\x80",
        b"\xf4\x90\x80\x80",
        b"\0",
        b"\\ud800",
        b"\\udc00\\ud800",
    ];
    let put = bad.iter().map(|bad| {
        let (before, after) = marked.split_once("MARK").unwrap();
        [before.as_bytes(), bad, after.as_bytes()].concat()
    });
    let with_mark =
        [b"\xef\xbb\xbf".as_slice(), b"\xff\xfe", b"\xfe\xff"].map(|mark| [mark, marked.as_bytes()].concat());
    put.chain(with_mark).collect()
}

/// Numbers beyond every integer, where a text or a number is expected.
pub(crate) fn broken_numbers(wrap: &dyn Fn(&str) -> String) -> Vec<Vec<u8>> {
    let marked = wrap("MARK");
    let numbers = NUMBERS
        .iter()
        .copied()
        .chain(["NaN", "-", "1e308", "00", "0x10", "9223372036854775807"]);
    numbers
        .map(|number| marked.replace("\"MARK\"", number).into_bytes())
        .collect()
}

/// Texts that steer terminals, headers, paths or browsers, one message each.
pub(crate) fn steering_texts(wrap: &dyn Fn(&str) -> String) -> Vec<Vec<u8>> {
    let texts = [
        "a\\r\\nx-evil: 1",
        "\\u001b[31mred\\u0007",
        "x\u{202e}y\u{2066}z",
        "x\\u202ey",
        "<script>alert(1)</script>",
        "http://u:p@evil.example:99/api/v2/me/calls/../../x?y#z",
        "file:///etc/passwd",
        "//evil.example/api/v2/me/calls/7",
        "\\\\\\\\evil\\\\x",
        "../../admin",
        "%2e%2e%2fadmin",
        "１０１",
        "\\u0000",
    ];
    let long = ["9".repeat(400), "x".repeat(1 << 14)];
    let all = texts.iter().map(|text| (*text).to_owned()).chain(long);
    all.map(|text| wrap(&text).into_bytes()).collect()
}

/// On a stack that a deep reader would overflow.
pub(crate) fn on_a_small_stack(kib: usize, run: fn(&[u8]), inputs: Vec<Vec<u8>>) {
    let thread = std::thread::Builder::new().stack_size(kib * 1024);
    let work = move || inputs.iter().for_each(|input| run(input));
    thread.spawn(work).unwrap().join().unwrap();
}
