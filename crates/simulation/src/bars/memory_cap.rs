//! R8: how much memory a reply costs that is far longer than allowed, in a process that does nothing else; beside it the bare client, which reads it whole.

use callcontrol::{Error, Result};
use callcontrol_http::{ApiPath, BaseUrl, Lost, Request, ReqwestTransport, Transport, TransportConfig, TransportError};

use super::child::{Children, Figures, Task};
use super::line::{Bar, Line};
use super::raw::bulky;
use super::site::{bare, real_time};
use super::{Options, broken};
use crate::soak::memory::{peak, reset_peak, resident};

pub(super) fn measure(options: &Options, each: &mut dyn FnMut(Line)) -> Result<()> {
    let what = "growth of peak memory / cap, for a reply without end";
    let Some(children) = options.children.clone() else {
        each(Line::skipped(
            Bar::R8,
            None,
            what,
            "needs a process of its own, and none can be started",
        ));
        return Ok(());
    };
    if peak().is_none() {
        each(Line::skipped(
            Bar::R8,
            None,
            what,
            "this system does not tell the peak of memory",
        ));
        return Ok(());
    }
    let total = options.scale.pick(20, 200) << 20;
    for line in real_time(|| grown(what, children, total))?? {
        each(line);
    }
    Ok(())
}

async fn grown(what: &str, children: Children, total: usize) -> Result<Vec<Line>> {
    let server = bulky(total).await?;
    let grown = |naive: bool, page: &str| {
        let (children, base) = (children.clone(), server.base());
        let url = format!("{base}/{page}");
        async move {
            let task = Task::Bulk { bare: naive, url };
            let run = tokio::task::spawn_blocking(move || children.run(&task, &[]));
            let figures = run.await.map_err(|_| broken("a child was not waited for"))??;
            Ok::<_, Error>(growth(&figures))
        }
    };
    let naive = grown(true, "chunks").await? / CAP;
    let chunks = grown(false, "chunks").await?;
    let headers = grown(false, "headers").await?;
    let words = |bytes: f64| format!("{:.2} MiB more at a cap of 1 MiB", bytes / CAP);
    Ok(vec![
        Line::new(Bar::R8, None, what, chunks / CAP, 2.0)
            .anchored(naive)
            .detail(format!("{} MiB offered, {}", total >> 20, words(chunks))),
        Line::new(
            Bar::R8,
            None,
            "growth of peak memory / cap, for a million headers",
            headers / CAP,
            2.0,
        )
        .detail(words(headers)),
    ])
}

fn growth(figures: &Figures) -> f64 {
    let of = |name: &str| figures.get(name).copied().unwrap_or(f64::NAN);
    of("peak") - of("before")
}

/// In the child: one request that warms up what is made once, then the long one.
pub(super) fn bulk(naive: bool, url: &str) -> Result<Figures> {
    let (base, page) = url.rsplit_once('/').ok_or_else(|| broken("no page in the address"))?;
    let path = match page {
        "headers" => "/headers",
        _ => "/chunks",
    };
    let (before, after) = real_time(|| async {
        match naive {
            true => bare_client(base, path).await,
            false => our_transport(base, path).await,
        }
    })??;
    Ok([("before".to_owned(), before), ("peak".to_owned(), after)].into())
}

async fn our_transport(base: &str, path: &'static str) -> Result<(f64, f64)> {
    let base = BaseUrl::parse(base).map_err(Error::from)?;
    let transport = ReqwestTransport::new(&TransportConfig::new(base)).map_err(Error::from)?;
    let get = |path| transport.send(Request::get(ApiPath::new(path), DEADLINE));
    get("/warm").await.map_err(Error::from)?;
    let before = begin();
    match get(path).await {
        Err(TransportError::Lost {
            phase: Lost::TooLarge | Lost::Malformed,
            ..
        }) => Ok((before, end())),
        other => Err(broken(format!("too long a reply ended otherwise: {other:?}"))),
    }
}

async fn bare_client(base: &str, path: &str) -> Result<(f64, f64)> {
    let failed = |error: reqwest::Error| broken(format!("the bare client: {}", error.without_url()));
    let client = bare()?;
    let get = |path: &str| client.get(format!("{base}{path}")).send();
    get("/warm").await.map_err(failed)?.bytes().await.map_err(failed)?;
    let before = begin();
    let body = get(path).await.map_err(failed)?.bytes().await.map_err(failed)?;
    let after = end();
    drop(body);
    Ok((before, after))
}

fn begin() -> f64 {
    reset_peak();
    bytes(resident())
}

fn end() -> f64 {
    bytes(peak())
}

fn bytes(count: Option<u64>) -> f64 {
    // Whole kibibytes: the system tells no finer, and they fit.
    count.map_or(f64::NAN, |count| super::precise(count >> 10) * 1024.0)
}

const CAP: f64 = 1_048_576.0;
const DEADLINE: std::time::Duration = std::time::Duration::from_secs(30);
