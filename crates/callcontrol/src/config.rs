//! The deployment's file: which adapter, how to reach it, who the agents are, what the application's logical targets are called there.
//! Every adapter has its own table, so that a deployment is swapped by the one line `adapter = "…"`. Errors name the file, the key and what was expected,
//! and never quote a value: it could be a secret.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::time::Duration;

use callcontrol_core::{
    AgentId, AgentRef, AgentStateRequest, Code, Directory, Displace, Effect, EmulationPolicy, Error, ErrorKind, IvrRef,
    OpenSession, PhoneNumber, QueueName, QueueRef, Result, SecretRef, StackOptions, Target, TargetKind, TargetName,
};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::composite::{COMPOSITE_ID, CompositeConfig};
use crate::connection::ConnectionFile;

/// A deployment's configuration, read and checked as far as that needs no network.
#[derive(Debug, Clone)]
pub struct Config {
    name: String,
    adapter: String,
    emulation: EmulationPolicy,
    deadline: Duration,
    composite: Option<CompositeConfig>,
    sites: BTreeMap<String, Site>,
}

#[derive(Debug, Clone)]
pub(crate) struct Site {
    pub(crate) connection: ConnectionFile,
    pub(crate) settings: Settings,
    agents: BTreeMap<String, AgentFile>,
    directory: Directory,
}

impl Config {
    /// Reads a file.
    ///
    /// # Errors
    /// [`ErrorKind::Config`]: the file cannot be read, is not TOML, or has an unknown, missing or wrong key.
    pub fn load(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let text = std::fs::read_to_string(path)
            .map_err(|error| config_error(format!("{}: cannot be read: {error}", path.display())))?;
        Self::parse(&text, &path.display().to_string())
    }

    /// Reads a text; `name` stands for the file in messages.
    ///
    /// # Errors
    /// As [`load`](Self::load).
    pub fn parse(text: &str, name: &str) -> Result<Self> {
        let table: toml::Table = text
            .parse()
            .map_err(|error: toml::de::Error| config_error(syntax(name, text, &error)))?;
        let file: File = decode(toml::Value::Table(table), name, "")?;
        let deadline = file.deadline_ms.unwrap_or(10_000);
        if !(100..=600_000).contains(&deadline) {
            return Err(config_error(format!(
                "{name}: deadline-ms: {deadline} is out of range, 100 to 600000 is expected"
            )));
        }
        let composite = file
            .composite
            .map(|value| CompositeConfig::read(value, name))
            .transpose()?;
        let mut sites = BTreeMap::new();
        for (adapter, value) in file.sites {
            let site = Site::read(value, name, &adapter)?;
            sites.insert(adapter, site);
        }
        let config = Self {
            name: name.to_owned(),
            adapter: file.adapter,
            emulation: file.emulation,
            deadline: Duration::from_millis(deadline),
            composite,
            sites,
        };
        config.parts()?;
        Ok(config)
    }

    /// The same deployment with another adapter, whose table must be in the file too.
    ///
    /// # Errors
    /// [`ErrorKind::Config`]: the file has no table for it.
    pub fn with_adapter(mut self, adapter: &str) -> Result<Self> {
        adapter.clone_into(&mut self.adapter);
        self.parts()?;
        Ok(self)
    }

    /// The adapter in use.
    #[must_use]
    pub fn adapter(&self) -> &str {
        &self.adapter
    }

    /// The file's name, for messages.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How an agent of this deployment signs in, by the application's own name for him or her.
    ///
    /// # Errors
    /// [`ErrorKind::Config`]: no such agent in the file, or the password's variable or file cannot be read.
    pub fn agent(&self, name: &str) -> Result<OpenSession> {
        let (adapter, site) = self.agents_site()?;
        let Some(agent) = site.agents.get(name) else {
            let known: Vec<&str> = site.agents.keys().map(String::as_str).collect();
            return Err(self.error(
                &format!("{adapter}.agents"),
                &format!("has no agent \"{name}\"; it has: {}", known.join(", ")),
            ));
        };
        agent
            .to_request()
            .map_err(|error| self.error(&format!("{adapter}.agents.{name}"), error.message()))
    }

    /// The application's names of the agents in the file. A composite's are those of its event source, which signs them in.
    pub fn agents(&self) -> impl Iterator<Item = &str> {
        self.agents_site()
            .into_iter()
            .flat_map(|(_, site)| site.agents.keys().map(String::as_str))
    }

    /// What logical targets are called here. A composite's are those of its command source, which is given them.
    #[must_use]
    pub fn directory(&self) -> Directory {
        let site = self.parts().map(|parts| parts.commands());
        let directory = site
            .and_then(|adapter| self.site_of(adapter))
            .map(|site| site.directory.clone());
        directory.unwrap_or_else(|_| Directory::empty())
    }

    /// What is to be connected.
    pub(crate) fn parts(&self) -> Result<Parts<'_>> {
        if self.adapter != COMPOSITE_ID {
            self.site_of(&self.adapter)?;
            return Ok(Parts::One(&self.adapter));
        }
        let composite = self.composite.as_ref().ok_or_else(|| {
            let message =
                "is \"composite\", but there is no table [composite] with commands = \"…\" and events = \"…\"";
            self.error("adapter", message)
        })?;
        self.site_of(&composite.commands)?;
        self.site_of(&composite.events)?;
        Ok(Parts::Composite(composite))
    }

    fn agents_site(&self) -> Result<(&str, &Site)> {
        let adapter = match self.parts()? {
            Parts::One(adapter) => adapter,
            Parts::Composite(composite) => &composite.events,
        };
        Ok((adapter, self.site_of(adapter)?))
    }

    pub(crate) fn site_of(&self, adapter: &str) -> Result<&Site> {
        self.sites.get(adapter).ok_or_else(|| {
            let known: Vec<&str> = self.sites.keys().map(String::as_str).collect();
            let message = format!(
                "\"{adapter}\" is to be used, but there is no table [{adapter}.connection]; tables present: {}",
                known.join(", ")
            );
            self.error("adapter", &message)
        })
    }

    pub(crate) fn stack_options(&self) -> StackOptions {
        let mut options = StackOptions::default();
        options.directory = self.directory();
        options.emulation = self.emulation;
        options.deadline = self.deadline;
        options
    }

    pub(crate) fn error(&self, key: &str, message: &str) -> Error {
        config_error(format!("{}: {key}: {message}", self.name))
    }

    pub(crate) fn check_sites(&self, mut check: impl FnMut(&str, &Settings) -> Result<()>) -> Result<()> {
        self.sites
            .iter()
            .try_for_each(|(adapter, site)| check(adapter, &site.settings))
    }
}

/// What a file asks to be connected.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Parts<'a> {
    /// One adapter.
    One(&'a str),
    /// Two that work as one.
    Composite(&'a CompositeConfig),
}

impl<'a> Parts<'a> {
    /// The adapter that is given the commands.
    pub(crate) fn commands(self) -> &'a str {
        match self {
            Self::One(adapter) => adapter,
            Self::Composite(composite) => &composite.commands,
        }
    }
}

impl CompositeConfig {
    fn read(value: toml::Value, file: &str) -> Result<Self> {
        let config: Self = decode(value, file, COMPOSITE_ID)?;
        config
            .validate()
            .map_err(|error| config_error(format!("{file}: {COMPOSITE_ID}.{}", error.message())))?;
        Ok(config)
    }
}

/// The adapter's own table, `[<adapter>.settings]`, not yet understood. `Debug` shows names of keys only: until the adapter has read it, any value could be a secret.
#[derive(Clone)]
pub struct Settings {
    file: String,
    path: String,
    value: toml::Value,
}

impl Settings {
    /// Settings without a key, for adapters that need none.
    #[must_use]
    pub fn empty(adapter: &str) -> Self {
        Self {
            file: "(none)".to_owned(),
            path: format!("{adapter}.settings"),
            value: toml::Value::Table(toml::Table::new()),
        }
    }

    /// Reads the table as the adapter's own configuration type.
    ///
    /// # Errors
    /// [`ErrorKind::Config`] naming file, key and what was expected.
    pub fn parse<T: DeserializeOwned>(&self) -> Result<T> {
        decode(self.value.clone(), &self.file, &self.path)
    }

    /// An error about one of its keys.
    #[must_use]
    pub fn error(&self, message: &str) -> Error {
        config_error(format!("{}: {}: {message}", self.file, self.path))
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let keys: Vec<&String> = self.value.as_table().into_iter().flat_map(toml::Table::keys).collect();
        f.debug_struct("Settings")
            .field("path", &self.path)
            .field("keys", &keys)
            .finish_non_exhaustive()
    }
}

#[derive(Deserialize)]
struct File {
    adapter: String,
    #[serde(default)]
    emulation: EmulationPolicy,
    #[serde(rename = "deadline-ms")]
    deadline_ms: Option<u64>,
    composite: Option<toml::Value>,
    #[serde(flatten)]
    sites: BTreeMap<String, toml::Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SiteFile {
    connection: ConnectionFile,
    #[serde(default)]
    settings: Option<toml::Value>,
    #[serde(default)]
    agents: BTreeMap<String, AgentFile>,
    #[serde(default)]
    directory: BTreeMap<String, AddressFile>,
}

impl Site {
    fn read(value: toml::Value, name: &str, adapter: &str) -> Result<Self> {
        if !value.is_table() {
            let message = "unknown key; at the top level only adapter, emulation, deadline-ms, composite and one table per adapter are expected";
            return Err(config_error(format!("{name}: {adapter}: {message}")));
        }
        let file: SiteFile = decode(value, name, adapter)?;
        let mut directory = Directory::empty();
        for (logical, address) in file.directory {
            let key = format!("{adapter}.directory.\"{logical}\"");
            let at_key = |error: Error| config_error(format!("{name}: {key}: {}", error.message()));
            let logical = TargetName::new(&logical).map_err(at_key)?;
            let target = address.to_target(logical.kind()).map_err(at_key)?;
            directory = directory.with(logical, target).map_err(at_key)?;
        }
        Ok(Self {
            connection: file.connection,
            settings: Settings {
                file: name.to_owned(),
                path: format!("{adapter}.settings"),
                value: file.settings.unwrap_or_else(|| toml::Value::Table(toml::Table::new())),
            },
            agents: file.agents,
            directory,
        })
    }
}

/// How one agent signs in.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct AgentFile {
    id: String,
    password: Option<SecretRef>,
    phone: Option<String>,
    #[serde(default)]
    displace: Displace,
    #[serde(default)]
    state: StateFile,
    #[serde(default)]
    auto_answer: bool,
}

#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum StateFile {
    #[default]
    Ready,
    NotReady,
    WrapUp,
}

impl AgentFile {
    fn to_request(&self) -> Result<OpenSession> {
        let mut request = OpenSession::new(AgentId::new(&self.id)?);
        request.password = self.password.as_ref().map(SecretRef::resolve).transpose()?;
        request.phone = self.phone.as_ref().map(PhoneNumber::new).transpose()?;
        request.displace = self.displace;
        request.auto_answer = self.auto_answer;
        request.state = match self.state {
            StateFile::Ready => AgentStateRequest::Ready,
            StateFile::NotReady => AgentStateRequest::NotReady { reason: None },
            StateFile::WrapUp => AgentStateRequest::WrapUp,
        };
        Ok(request)
    }
}

/// What a logical target is called: exactly one of the keys.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
enum AddressFile {
    /// An agent's id, a queue's id.
    Id(String),
    /// A queue's name.
    Name(String),
    /// A queue's route code.
    RouteCode(String),
    /// An IVR's or a system access code.
    Code(String),
    /// A number to dial.
    Number(String),
}

impl AddressFile {
    fn to_target(&self, kind: TargetKind) -> Result<Target> {
        let target = match (kind, self) {
            (TargetKind::Agent, Self::Id(id)) => Target::Agent(AgentRef::Id(AgentId::new(id)?)),
            (TargetKind::Agent, Self::Number(number)) => Target::Agent(AgentRef::Number(PhoneNumber::new(number)?)),
            (TargetKind::Queue, Self::Id(id)) => Target::Queue(QueueRef::Id(Code::new(id)?)),
            (TargetKind::Queue, Self::Name(name)) => Target::Queue(QueueRef::Name(QueueName::new(name)?)),
            (TargetKind::Queue, Self::RouteCode(code)) => Target::Queue(QueueRef::RouteCode(Code::new(code)?)),
            (TargetKind::Queue, Self::Number(number)) => Target::Queue(QueueRef::Number(PhoneNumber::new(number)?)),
            (TargetKind::Ivr, Self::Code(code)) => Target::Ivr(IvrRef::Code(Code::new(code)?)),
            (TargetKind::Ivr, Self::Number(number)) => Target::Ivr(IvrRef::Number(PhoneNumber::new(number)?)),
            (TargetKind::AccessCode, Self::Code(code)) => Target::AccessCode(Code::new(code)?),
            (TargetKind::Number, Self::Number(number)) => Target::Number(PhoneNumber::new(number)?),
            (kind, _) => {
                return Err(Error::invalid_input(format!(
                    "for {kind} the address is one of {}",
                    expected(kind)
                )));
            }
        };
        Ok(target)
    }
}

fn expected(kind: TargetKind) -> &'static str {
    match kind {
        TargetKind::Agent => "{ id = \"…\" }, { number = \"…\" }",
        TargetKind::Queue => "{ id = \"…\" }, { name = \"…\" }, { route-code = \"…\" }, { number = \"…\" }",
        TargetKind::Ivr => "{ code = \"…\" }, { number = \"…\" }",
        TargetKind::AccessCode => "{ code = \"…\" }",
        _ => "{ number = \"…\" }",
    }
}

/// Decodes a part of the file; the error names file and key, not the value.
fn decode<T: DeserializeOwned>(value: toml::Value, file: &str, path: &str) -> Result<T> {
    serde_path_to_error::deserialize(value).map_err(|error| {
        let inner = error.path().to_string();
        let key = match (path, inner.as_str()) {
            ("", ".") => String::new(),
            ("", key) => format!("{key}: "),
            (path, ".") => format!("{path}: "),
            (path, key) => format!("{path}.{key}: "),
        };
        config_error(format!("{file}: {key}{}", error.inner().message()))
    })
}

/// The parser's message with the line, without the line's text.
fn syntax(file: &str, text: &str, error: &toml::de::Error) -> String {
    let line = error.span().map_or(1, |span| {
        text.get(..span.start).map_or(1, |before| before.lines().count().max(1))
    });
    format!("{file}: line {line}: {}", error.message())
}

fn config_error(message: impl AsRef<str>) -> Error {
    Error::new(ErrorKind::Config, Effect::None, message)
}
