//! Rows 36 to 40: answers without end, stalled peers, files used up, churn, a subscriber that panics.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use callcontrol::*;

use super::line::{Play, Wired};
use super::meeting::{AMPLE, is_unknown_and_not_repeated, transfer_meets, until};
use super::support::{ADAPTERS, InMemory, SecretFile, Site, TELEPHONY};
use super::table::{Cell, Row};

#[tokio::test]
async fn an_answer_beyond_every_bound_is_cut_off_and_proves_nothing() {
    let json = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n";
    for adapter in ADAPTERS {
        let large = format!("{json}x-a: {}\r\n", "x".repeat(4 << 20));
        let many = format!("{json}{}\r\n", "x-a: b\r\n".repeat(1_000_000));
        let announced = format!("{json}content-length: 209715200\r\n\r\n");
        // 1 MiB of zeros, packed; nobody asked for it to be.
        let packed = format!(
            "{json}content-encoding: gzip\r\ncontent-length: 20\r\n\r\n\u{1f}{}",
            "\u{1}".repeat(19)
        );
        for raw in [large, many, announced, packed] {
            let error = is_unknown_and_not_repeated(adapter, Play::Say(raw.into_bytes()), 0).await;
            assert_eq!(error.kind(), ErrorKind::Protocol, "{adapter}: {error}");
        }
        let endless = Play::Trickle(ENDLESS.to_owned(), format!("40000\r\n{}\r\n", " ".repeat(0x40000)));
        let (error, sent, _) = transfer_meets(adapter, endless, AMPLE).await;
        assert_eq!((error.effect(), sent), (Effect::Unknown, 1), "{adapter}: {error}");
        assert_eq!(error.kind(), ErrorKind::Protocol, "{adapter}: {error}");
    }
}

#[tokio::test]
async fn an_answer_that_trickles_in_its_headers_or_body_ends_at_the_deadline() {
    let limit = Duration::from_millis(600);
    for adapter in ADAPTERS {
        for (first, again) in [
            ("HTTP/1.1 200 OK\r\nx-a: b", "b"),
            ("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n", "1\r\n \r\n"),
        ] {
            let start = Instant::now();
            let (error, sent, moves) =
                transfer_meets(adapter, Play::Trickle(first.to_owned(), again.to_owned()), limit).await;
            assert_eq!(
                (error.kind(), error.effect()),
                (ErrorKind::Timeout, Effect::Unknown),
                "{adapter}: {error}"
            );
            assert_eq!((sent, moves), (1, 0), "{adapter}");
            assert!(start.elapsed() >= limit, "{adapter}: {:?}", start.elapsed());
        }
    }
}

/// What a child of this program is told: which adapter, where its server is, which file holds the secret.
fn child(name: &str, wired: &Wired, secret: &SecretFile, files: usize) -> Output {
    let program = std::env::current_exe().unwrap();
    let limited = format!("ulimit -n {files}; exec \"$0\" \"$@\"");
    Command::new("sh")
        .args(["-c", &limited])
        .arg(program)
        .args(["--exact", name, "--nocapture"])
        .env(CHILD_ADAPTER, wired.site.adapter)
        .env(CHILD_BASE, wired.line.base_url())
        .env(CHILD_SECRET, secret.path())
        .output()
        .unwrap()
}

/// Runs that child against each adapter's server, which stays in this process.
async fn children(name: &'static str, files: usize, closing: bool) {
    for adapter in ADAPTERS {
        let wired = Wired::start(adapter).await;
        if closing {
            wired.line.one_answer_for_each_connection();
        }
        let secret = SecretFile::new(&wired.site.secret);
        let (wired, output) = tokio::task::spawn_blocking(move || {
            let output = child(name, &wired, &secret, files);
            (wired, output)
        })
        .await
        .unwrap();
        let (said, wrong) = (
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr),
        );
        assert!(output.status.success(), "{adapter}: {said}\n{wrong}");
        assert!(said.contains(FINISHED), "{adapter}: the child did nothing: {said}");
        wired.stop().await;
    }
}

/// The child's side: configuration and connection; `None` in the program that is nobody's child.
fn connected() -> Option<(&'static str, Config, std::sync::Arc<dyn CallControl>)> {
    let adapter = std::env::var(CHILD_ADAPTER).ok()?;
    let adapter = ADAPTERS.into_iter().find(|known| *known == adapter).unwrap();
    let (base, secret) = (std::env::var(CHILD_BASE).unwrap(), std::env::var(CHILD_SECRET).unwrap());
    let secret = SecretFile::new(&std::fs::read_to_string(secret).unwrap());
    let file = Site::of(adapter).file(&base, &secret);
    // It is read again whenever a credential is needed, so it must live as long as this child does.
    std::mem::forget(secret);
    let config = Config::parse(&file, "site.toml").unwrap();
    let control = connect(&config).unwrap();
    Some((adapter, config, control))
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_free_file_nothing_is_sent_nothing_spins_and_it_goes_on_when_there_is_one() {
    children("resources::child_without_a_free_file", 64, true).await;
}

/// Does nothing unless started by the test above.
#[tokio::test]
async fn child_without_a_free_file() {
    let Some((adapter, config, control)) = connected() else {
        return;
    };
    let ann = config.agent("ann").unwrap();
    let (watch, hoard) = (Watch::new(), hoard());
    let error = Session::open(&control, ann.clone()).await.unwrap_err();
    assert_eq!(error.effect(), Effect::None, "{error}");
    assert!(error.to_string().contains("open files"), "{error}");
    watch.was_idle("sign-in");
    drop(hoard);
    let ann = Session::open(&control, ann).await.unwrap();

    if TELEPHONY.contains(&adapter) {
        let (watch, hoard) = (Watch::new(), self::hoard());
        let error = ann
            .set_state(AgentStateRequest::NotReady { reason: None })
            .await
            .unwrap_err();
        assert_eq!(
            (error.kind(), error.effect()),
            (ErrorKind::Unreachable, Effect::None),
            "{error}"
        );
        watch.was_idle("pump");
        drop(hoard);
        ann.set_state(AgentStateRequest::NotReady { reason: None })
            .await
            .unwrap();
    }
    control.shutdown(&OpCx::new().within(Duration::from_secs(5))).await;
    println!("{FINISHED}");
}

/// Takes every file this process may have.
fn hoard() -> Vec<File> {
    std::iter::from_fn(|| File::open("/dev/null").ok()).collect()
}

/// How long this process computes, read from a file that is open already.
struct Watch {
    stat: File,
    start: Instant,
    busy: Duration,
}

impl Watch {
    fn new() -> Self {
        let stat = File::open("/proc/self/stat").unwrap();
        let (start, busy) = (Instant::now(), busy(&stat));
        Self { stat, start, busy }
    }

    /// Less than half of the time was spent computing.
    fn was_idle(&self, what: &str) {
        let (wall, busy) = (self.start.elapsed(), busy(&self.stat).saturating_sub(self.busy));
        assert!(
            busy <= wall / 2 + Duration::from_millis(100),
            "{what}: {busy:?} of {wall:?} busy"
        );
    }
}

/// User and system time of this process, from the kernel's hundredths of a second.
fn busy(stat: &File) -> Duration {
    let mut text = [0; 1024];
    let read = stat.read_at(&mut text, 0).unwrap();
    let text = String::from_utf8_lossy(&text[..read]);
    let after_name = text.rsplit_once(')').unwrap().1;
    let fields: Vec<&str> = after_name.split_whitespace().collect();
    let ticks: u64 = [fields[11], fields[12]]
        .iter()
        .map(|field| field.parse::<u64>().unwrap())
        .sum();
    Duration::from_millis(ticks * 10)
}

#[tokio::test(flavor = "multi_thread")]
async fn after_hundreds_of_sign_ins_and_sign_outs_no_file_and_no_memory_is_left_behind() {
    children("resources::child_that_comes_and_goes", 256, false).await;
}

/// Does nothing unless started by the test above.
#[tokio::test]
async fn child_that_comes_and_goes() {
    let at_first = open_files();
    let Some((_, config, control)) = connected() else {
        return;
    };
    let mut early = None;
    for cycle in 1..=CYCLES {
        let ann = Session::open(&control, config.agent("ann").unwrap()).await.unwrap();
        ann.close(CloseSession::default()).await.unwrap();
        if cycle == CYCLES / 4 {
            early = Some((open_files(), resident_kib()));
        }
    }
    let (files, memory) = early.unwrap();
    // A poll that is being given up holds its connection a moment longer.
    let held = open_files();
    assert!(held <= files + 3, "{held} files open, {files} after a quarter");
    let now = resident_kib();
    assert!(
        now <= memory + memory / 20 + 1024,
        "{now} KiB resident, {memory} KiB after a quarter"
    );
    control.shutdown(&OpCx::new().within(Duration::from_secs(5))).await;
    drop(control);
    until(|| open_files() == at_first).await;
    let tasks = tokio::runtime::Handle::current().metrics().num_alive_tasks();
    assert_eq!(tasks, 0, "tasks are left");
    println!("{FINISHED}");
}

fn open_files() -> usize {
    std::fs::read_dir("/proc/self/fd").unwrap().count()
}

fn resident_kib() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_subscriber_that_panics_takes_nobody_with_it() {
    for adapter in ADAPTERS {
        let (memory, other) = (InMemory::new(adapter), InMemory::new(adapter));
        let ann = memory.sign_in().await;
        let mut clumsy = ann.subscribe();
        let clumsy = tokio::spawn(async move {
            let first = clumsy.next().await.unwrap();
            panic!("a subscriber's own mistake at {first:?}");
        });
        let mut careful = ann.subscribe();
        assert!(matches!(careful.next().await, Some(FeedItem::Snapshot(_))), "{adapter}");
        assert!(clumsy.await.unwrap_err().is_panic());

        let (_ann, call, customer) = memory.site.talking(ann).await;
        let to = Target::number("90012345").unwrap();
        call.blind_transfer(to).await.unwrap();
        assert_eq!(memory.site.truth(customer).1, 1, "{adapter}");
        assert!(
            matches!(careful.next().await, Some(FeedItem::Event(_))),
            "{adapter}: no event"
        );
        let (_bob, call, customer) = other.talking().await;
        call.blind_transfer(Target::number("90012345").unwrap()).await.unwrap();
        assert_eq!(other.site.truth(customer).1, 1, "{adapter}");
    }
}

const ENDLESS: &str = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
const CYCLES: usize = 200;
const FINISHED: &str = "the child has finished";
const CHILD_ADAPTER: &str = "CALLCONTROL_FAULTS_ADAPTER";
const CHILD_BASE: &str = "CALLCONTROL_FAULTS_BASE";
const CHILD_SECRET: &str = "CALLCONTROL_FAULTS_SECRET";

/// The rows.
pub(crate) const ROWS: &[Row] = &[
    Row {
        number: 36,
        fault: "body or header too large, a million headers, a packed bomb",
        expected: "an error at the cap; memory grows by at most twice the cap",
        shared: &[
            "crates/http/tests/limits.rs::an_answer_of_200_mib_costs_at_most_twice_the_cap",
            "crates/http/tests/limits.rs::headers_too_large_or_too_many_are_refused",
            "crates/http/tests/limits.rs::a_body_announced_too_long_is_refused_at_once",
            "crates/http/tests/limits.rs::an_endless_body_is_refused_at_the_cap",
            "crates/http/tests/limits.rs::a_body_of_exactly_the_cap_passes_and_is_never_unpacked",
        ],
        cc_gateway: Cell::Tests(&[
            "tests/faults/resources.rs::an_answer_beyond_every_bound_is_cut_off_and_proves_nothing",
        ]),
        oifde: Cell::Tests(&["tests/faults/resources.rs::an_answer_beyond_every_bound_is_cut_off_and_proves_nothing"]),
        gws: Cell::Tests(&["tests/faults/resources.rs::an_answer_beyond_every_bound_is_cut_off_and_proves_nothing"]),
    },
    Row {
        number: 37,
        fault: "headers, body or TLS handshake trickle",
        expected: "the deadline holds",
        shared: &[
            "crates/http/tests/limits.rs::headers_that_trickle_end_at_the_deadline",
            "crates/http/tests/limits.rs::a_body_that_trickles_ends_at_the_deadline",
            "crates/http/tests/limits.rs::a_tls_handshake_that_hangs_is_known_not_to_have_sent_anything",
        ],
        cc_gateway: Cell::Tests(&[
            "tests/faults/resources.rs::an_answer_that_trickles_in_its_headers_or_body_ends_at_the_deadline",
        ]),
        oifde: Cell::Tests(&[
            "tests/faults/resources.rs::an_answer_that_trickles_in_its_headers_or_body_ends_at_the_deadline",
        ]),
        gws: Cell::Tests(&[
            "tests/faults/resources.rs::an_answer_that_trickles_in_its_headers_or_body_ends_at_the_deadline",
        ]),
    },
    Row {
        number: 38,
        fault: "no free file descriptor",
        expected: "proved not to be sent; nothing spins; goes on when there is one",
        shared: &[],
        cc_gateway: Cell::Tests(&[
            "tests/faults/resources.rs::without_a_free_file_nothing_is_sent_nothing_spins_and_it_goes_on_when_there_is_one",
        ]),
        oifde: Cell::Tests(&[
            "tests/faults/resources.rs::without_a_free_file_nothing_is_sent_nothing_spins_and_it_goes_on_when_there_is_one",
        ]),
        gws: Cell::Tests(&[
            "tests/faults/resources.rs::without_a_free_file_nothing_is_sent_nothing_spins_and_it_goes_on_when_there_is_one",
        ]),
    },
    Row {
        number: 39,
        fault: "sign-ins and sign-outs without end",
        expected: "memory and files go back to where they were",
        shared: &[
            "crates/simulation/tests/soak.rs::in_real_time_and_over_tcp_nothing_false_is_said_and_no_file_stays_open",
        ],
        cc_gateway: Cell::Tests(&[
            "tests/faults/resources.rs::after_hundreds_of_sign_ins_and_sign_outs_no_file_and_no_memory_is_left_behind",
        ]),
        oifde: Cell::Tests(&[
            "tests/faults/resources.rs::after_hundreds_of_sign_ins_and_sign_outs_no_file_and_no_memory_is_left_behind",
        ]),
        gws: Cell::Tests(&[
            "tests/faults/resources.rs::after_hundreds_of_sign_ins_and_sign_outs_no_file_and_no_memory_is_left_behind",
        ]),
    },
    Row {
        number: 40,
        fault: "a subscriber panics",
        expected: "nobody else notices",
        shared: &["crates/core/tests/layers.rs::an_adapter_that_panics_takes_nobody_with_it"],
        cc_gateway: Cell::Tests(&["tests/faults/resources.rs::a_subscriber_that_panics_takes_nobody_with_it"]),
        oifde: Cell::Tests(&["tests/faults/resources.rs::a_subscriber_that_panics_takes_nobody_with_it"]),
        gws: Cell::Tests(&["tests/faults/resources.rs::a_subscriber_that_panics_takes_nobody_with_it"]),
    },
];
