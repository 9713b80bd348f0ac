//! Every public type of the libraries is either shown by parts that are safe themselves, or on a list below: somebody has looked at its `Debug`.
//!
//! The argument goes by induction. A derived `Debug` shows the fields' own; so only types that hold plain text, and types whose `Debug` is written
//! by hand, can be the place where a secret comes out. The former are listed with the reason why their text is harmless, the latter are
//! formatted with a canary inside by the tests of this folder, or by a unit test beside them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use syn::visit::Visit;

/// A public type as its source has it.
struct Found {
    /// Its Debug comes from `derive`.
    derived: bool,
    /// Plain text among its own fields.
    text: bool,
}

/// All public types of one library.
#[derive(Default)]
struct Library {
    types: BTreeMap<String, Found>,
    /// Types with a `Debug` written by hand.
    by_hand: BTreeSet<String>,
}

impl<'ast> Visit<'ast> for Library {
    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        let test = item.attrs.iter().any(|attribute| attribute.path().is_ident("cfg"));
        if !test {
            syn::visit::visit_item_mod(self, item);
        }
    }

    fn visit_item_struct(&mut self, item: &'ast syn::ItemStruct) {
        if matches!(item.vis, syn::Visibility::Public(_)) {
            let text = item.fields.iter().any(|field| is_text(&field.ty));
            self.found(&item.ident, &item.attrs, text);
        }
    }

    fn visit_item_enum(&mut self, item: &'ast syn::ItemEnum) {
        if matches!(item.vis, syn::Visibility::Public(_)) {
            let mut fields = item.variants.iter().flat_map(|variant| &variant.fields);
            let text = fields.any(|field| is_text(&field.ty));
            self.found(&item.ident, &item.attrs, text);
        }
    }

    fn visit_item_impl(&mut self, item: &'ast syn::ItemImpl) {
        let of = item.trait_.as_ref().and_then(|(_, path, _)| path.segments.last());
        if of.is_some_and(|name| name.ident == "Debug")
            && let syn::Type::Path(path) = &*item.self_ty
            && let Some(name) = path.path.segments.last()
        {
            self.by_hand.insert(name.ident.to_string());
        }
    }
}

impl Library {
    fn found(&mut self, name: &syn::Ident, attributes: &[syn::Attribute], text: bool) {
        let derived = attributes.iter().any(|attribute| {
            let list = attribute.meta.require_list();
            list.is_ok_and(|list| list.path.is_ident("derive") && list.tokens.to_string().contains("Debug"))
        });
        // Two modules may each have a type of this name: the worse of the two counts.
        let known = self.types.entry(name.to_string()).or_insert(Found { derived, text });
        known.derived &= derived;
        known.text |= text;
    }

    fn read(name: &str) -> Self {
        let mut library = Self::default();
        for file in sources(
            &Path::new(env!("CARGO_MANIFEST_DIR"))
                .join("../crates")
                .join(name)
                .join("src"),
        ) {
            let text = std::fs::read_to_string(&file).unwrap();
            let parsed = syn::parse_file(&text).unwrap();
            library.visit_file(&parsed);
        }
        assert!(!library.types.is_empty(), "no types in {name}");
        library
    }
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let (folders, mut found): (Vec<PathBuf>, Vec<PathBuf>) = entries.partition(|path| path.is_dir());
    found.retain(|path| path.extension().is_some_and(|ending| ending == "rs"));
    found.extend(folders.iter().flat_map(|folder| sources(folder)));
    found
}

/// Text, bytes or values that show themselves as they are.
fn is_text(of: &syn::Type) -> bool {
    struct Words(bool);
    impl<'ast> Visit<'ast> for Words {
        fn visit_ident(&mut self, name: &'ast syn::Ident) {
            self.0 |= PLAIN.contains(&name.to_string().as_str());
        }
    }
    // A name of the program's own, fixed when it is compiled.
    if let syn::Type::Reference(reference) = of
        && reference
            .lifetime
            .as_ref()
            .is_some_and(|lifetime| lifetime.ident == "static")
    {
        return false;
    }
    let mut words = Words(false);
    words.visit_type(of);
    words.0
}

#[test]
fn every_public_type_that_could_show_a_secret_was_looked_at() {
    let mut unknown = Vec::new();
    let mut gone: BTreeSet<(&str, &str)> = LOOKED_AT.iter().map(|(library, name, _)| (*library, *name)).collect();
    for library in LIBRARIES {
        let found = Library::read(library);
        for (name, of) in &found.types {
            let by_hand = found.by_hand.contains(name);
            assert!(of.derived || by_hand, "{library}: {name} has no Debug");
            if !by_hand && !of.text {
                continue;
            }
            let known = LOOKED_AT.iter().find(|known| known.0 == library && known.1 == name);
            match known {
                Some(known) => drop(gone.remove(&(known.0, known.1))),
                None => unknown.push(format!(
                    "(\"{library}\", \"{name}\", \"{}\"),",
                    if by_hand { "by hand" } else { "text" }
                )),
            }
        }
    }
    assert!(
        unknown.is_empty(),
        "look at the Debug of these, show them with a canary, and write down here why they are safe:\n{}",
        unknown.join("\n")
    );
    assert!(
        gone.is_empty(),
        "these are no longer there, or no longer hold text: {gone:?}"
    );
}

const PLAIN: [&str; 10] = [
    "String",
    "str",
    "Value",
    "RawValue",
    "Bytes",
    "PathBuf",
    "HeaderMap",
    "HeaderValue",
    "u8",
    "char",
];

const LIBRARIES: [&str; 7] = [
    "core",
    "http",
    "callcontrol",
    "testkit",
    "huawei-cc-gateway",
    "huawei-oifde",
    "genesys-gws",
];

/// Library, type, and why nothing secret comes out of its `Debug`.
const LOOKED_AT: &[(&str, &str, &str)] = &[
    ("core", "AdapterInfo", "names and a version of a program"),
    ("core", "AdoptCall", "the vendor's ids; its number is a PhoneNumber"),
    ("core", "AgentState", "a code of the deployment's"),
    ("core", "AgentStateRequest", "a code of the deployment's"),
    ("core", "CallData", "by hand: keys only"),
    ("core", "CallDataPatch", "by hand: keys and sizes"),
    (
        "core",
        "CallView",
        "the vendor's id of the call; numbers are PhoneNumbers, data is CallData",
    ),
    ("core", "Cause", "a code or word of the vendor's"),
    ("core", "CloseSession", "a code of the deployment's"),
    ("core", "Code", "the code of a flow or queue"),
    ("core", "Dial", "the id of a preview record; its number is a Target"),
    ("core", "Draft", "the vendor's id of a call"),
    ("core", "Dtmf", "by hand: how many tones"),
    ("core", "Entry", "by hand: no number"),
    (
        "core",
        "Error",
        "by hand: its texts are one_line, and hold neither secret nor number",
    ),
    ("core", "EventKind", "the vendor's name of a message"),
    ("core", "Executed", "the name of a recipe"),
    ("core", "Explanation", "a rule in our own words"),
    ("core", "Exploration", "our own words about a table"),
    ("core", "Feed", "by hand: no backlog"),
    ("core", "HelpRequest", "the name of a flow's element"),
    ("core", "Hub", "by hand: counts"),
    ("core", "IdSource", "by hand: nothing"),
    ("core", "MediaAction", "the name of a recording to play"),
    (
        "core",
        "NativeFault",
        "the vendor's code and text, one_line; adapters take the request's secrets out",
    ),
    ("core", "NativeReply", "by hand: size"),
    ("core", "NativeRequest", "by hand: method and sizes"),
    ("core", "NativeTarget", "a vendor's address as the deployment writes it"),
    ("core", "OpCx", "an id and a trace parent"),
    ("core", "OutcomeHandle", "by hand: id and outcome"),
    ("core", "Party", "by hand: redacted"),
    ("core", "PhoneNumber", "by hand: redacted"),
    ("core", "Pushed", "by hand: sizes"),
    ("core", "QueueName", "the name of a queue"),
    ("core", "RawMessage", "by hand: size"),
    ("core", "Recipe", "our own words"),
    ("core", "RecordsOf", "the vendor's ids"),
    ("core", "Say", "by hand: how long"),
    ("core", "Secret", "by hand: ***"),
    ("core", "SecretRef", "where a secret is, not what it is"),
    ("core", "SessionNotice", "a reason in our own words"),
    ("core", "Step", "our own words"),
    ("core", "Support", "our own words"),
    ("core", "TargetName", "a name of the deployment's directory"),
    ("http", "ApiPath", "by hand: template, no id and no value"),
    ("http", "BaseUrl", "by hand: origin; user and password are refused"),
    ("http", "ClientIdentity", "by hand: its name"),
    ("http", "ConfigError", "our own words"),
    ("http", "CookieJar", "by hand: names"),
    ("http", "DecodeError", "the beginning of the body, blotted"),
    ("http", "InMemoryTransport", "by hand: counts"),
    ("http", "InvalidInput", "our own words, the value is not repeated"),
    ("http", "NotSent", "TLS's and the system's reasons"),
    ("http", "Place", "method, authority, template"),
    ("http", "Request", "by hand: no secret, no body, no value"),
    ("http", "ReqwestTransport", "by hand: base URL"),
    ("http", "Response", "by hand: names and sizes"),
    ("http", "RootCertificates", "by hand: count"),
    ("http", "TransportConfig", "by hand: no proxy's password"),
    ("http", "Trick", "an answer that a test has written"),
    ("callcontrol", "Composite", "by hand: its parts"),
    ("callcontrol", "CompositeConfig", "keys of the file, none secret"),
    (
        "callcontrol",
        "Config",
        "keys of the file; secrets are SecretRefs, the proxy's user is left out",
    ),
    ("callcontrol", "Matrix", "our own words"),
    ("callcontrol", "Settings", "by hand: names of keys"),
    ("testkit", "Agent", "invented people and numbers of a test"),
    ("testkit", "AgentState", "invented people and numbers of a test"),
    ("testkit", "Call", "invented people and numbers of a test"),
    ("testkit", "Caller", "invented people and numbers of a test"),
    ("testkit", "Cast", "invented people and numbers of a test"),
    ("testkit", "CellFound", "invented people and numbers of a test"),
    ("testkit", "CustomerPlace", "invented people and numbers of a test"),
    ("testkit", "Finding", "invented people and numbers of a test"),
    ("testkit", "Ivr", "invented people and numbers of a test"),
    ("testkit", "Line", "invented people and numbers of a test"),
    ("testkit", "Outside", "invented people and numbers of a test"),
    ("testkit", "Party", "invented people and numbers of a test"),
    ("testkit", "Pending", "invented people and numbers of a test"),
    ("testkit", "Queue", "invented people and numbers of a test"),
    ("testkit", "Refusal", "invented people and numbers of a test"),
    ("testkit", "Report", "invented people and numbers of a test"),
    ("testkit", "SharedSwitch", "invented people and numbers of a test"),
    ("testkit", "Story", "invented people and numbers of a test"),
    ("testkit", "Supervision", "invented people and numbers of a test"),
    ("testkit", "Switch", "invented people and numbers of a test"),
    ("testkit", "SwitchEvent", "invented people and numbers of a test"),
    ("testkit", "Tested", "invented people and numbers of a test"),
    ("huawei-cc-gateway", "CcGateway", "by hand: the configuration"),
    (
        "huawei-cc-gateway",
        "CcGatewayConfig",
        "keys of the file; secrets are SecretRefs",
    ),
    (
        "huawei-oifde",
        "OifdeConfig",
        "keys of the file; secrets are SecretRefs",
    ),
    ("genesys-gws", "Gws", "by hand: the configuration"),
    ("genesys-gws", "GwsConfig", "keys of the file; secrets are SecretRefs"),
    (
        "genesys-gws",
        "Seat",
        "the agent's place and its telephone, as the file has them",
    ),
];
