//! How an HTTP message is written in a fuzzing input: readable, and forgiving, so that any bytes are some message.

#![allow(dead_code, reason = "each crate uses its part")]

/// An answer: `503 <line break> name: value … <empty line> body`. What does not begin with a status is the body of a 200 with JSON.
pub(crate) struct Answer<'a> {
    pub(crate) status: u16,
    pub(crate) headers: Vec<Header<'a>>,
    pub(crate) body: &'a [u8],
}

impl<'a> Answer<'a> {
    pub(crate) fn read(text: &'a [u8]) -> Self {
        let (first, rest) = line(text);
        let status = std::str::from_utf8(first)
            .ok()
            .and_then(|first| first.trim().parse().ok());
        match status {
            Some(status @ 100..=999) => {
                let (headers, body) = headers(rest);
                Self { status, headers, body }
            }
            Some(_) | None => Self {
                status: 200,
                headers: vec![(b"content-type", b"application/json")],
                body: text,
            },
        }
    }
}

/// Name and value.
pub(crate) type Header<'a> = (&'a [u8], &'a [u8]);

/// `name: value` up to the first line without a colon, of which an empty one is swallowed.
pub(crate) fn headers(mut text: &[u8]) -> (Vec<Header<'_>>, &[u8]) {
    let mut found = Vec::new();
    loop {
        let (first, rest) = line(text);
        let Some(colon) = first.iter().position(|byte| *byte == b':') else {
            let body = if first.trim_ascii().is_empty() { rest } else { text };
            return (found, body);
        };
        let (name, value) = first.split_at(colon);
        found.push((name.trim_ascii(), value.get(1..).unwrap_or_default().trim_ascii()));
        text = rest;
        if found.len() > MOST_HEADERS {
            return (found, text);
        }
    }
}

/// The text before the first line break, and what comes after it.
pub(crate) fn line(text: &[u8]) -> (&[u8], &[u8]) {
    match text.iter().position(|byte| *byte == b'\n') {
        Some(end) => {
            let (first, rest) = text.split_at(end);
            (first, rest.get(1..).unwrap_or_default())
        }
        None => (text, &[]),
    }
}

const MOST_HEADERS: usize = 100;
