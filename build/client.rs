//! Rust source of a fixed spec, through progenitor.

use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};

use openapiv3::OpenAPI;
use progenitor::{GenerationSettings, Generator, HooksMode, InterfaceStyle};
use serde_json::Value;

use super::build::diagnostic::Diagnostic;
use super::build::fixups::replacements;
use super::build::spec::Spec;

/// Generates the client of a fixed spec.
pub fn generate(spec: &Spec) -> Result<String, Diagnostic> {
    // The generator panics on what it does not support; its message is worth more than a backtrace.
    let hook = take_hook();
    set_hook(Box::new(|_| {}));
    let whole = attempt(spec, &spec.root);
    let named = whole.map_err(|what| blame(spec, &what));
    set_hook(hook);
    named
}

/// The list of JSON Schemas of all generated types, for the feature `schemars`.
pub fn schemas(spec: &Spec, client: &str) -> String {
    let mut list = String::from("vec![\n");
    for (name, _) in spec.schemas() {
        // A schema that a library type stands for has no type of its own.
        let is_generated = [
            format!("pub struct {name} {{"),
            format!("pub struct {name}("),
            format!("pub enum {name} {{"),
        ];
        if is_generated.iter().any(|line| client.contains(line)) {
            list.push_str(&format!(
                "({name:?}, ::schemars::schema_for!(api::types::{name})),\n"
            ));
        }
    }
    list.push(']');
    list
}

/// Tries each operation alone, to name the one that the generator cannot compile.
fn blame(spec: &Spec, what: &str) -> Diagnostic {
    for operation in spec.operations() {
        let mut alone = spec.root.clone();
        let item = serde_json::json!({ operation.method: operation.value });
        alone["paths"] = serde_json::json!({ operation.path: item });
        if let Err(what) = attempt(spec, &alone) {
            return spec.diagnostic(&operation.pointer, advice(&what));
        }
    }
    spec.diagnostic("", advice(what))
}

fn advice(what: &str) -> String {
    format!(
        "the generator cannot compile this: {what}; write it in a way that progenitor supports, or add a fixup to build/fixups.rs"
    )
}

fn attempt(spec: &Spec, root: &Value) -> Result<String, String> {
    let api: OpenAPI = serde_json::from_value(root.clone())
        .map_err(|error| format!("it is not OpenAPI 3.0: {error}"))?;
    let run = AssertUnwindSafe(|| {
        let mut settings = GenerationSettings::new();
        settings
            .with_interface(InterfaceStyle::Builder)
            .with_hooks(HooksMode::Expected)
            .with_inner_type(syn_path("crate::transport::Transport"))
            .with_derive("PartialEq")
            .with_map_type("::std::collections::BTreeMap");
        if std::env::var_os("CARGO_FEATURE_SCHEMARS").is_some() {
            settings.with_derive("::schemars::JsonSchema");
        }
        for (schema, path) in replacements(spec) {
            settings.with_replacement(schema, path, std::iter::empty());
        }
        let tokens = Generator::new(&settings)
            .generate_tokens(&api)
            .map_err(|error| error.to_string())?;
        let file = syn::parse2(tokens).map_err(|error| error.to_string())?;
        Ok(prettyplease::unparse(&file))
    });
    catch_unwind(run).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().cloned();
        let text = text.or_else(|| panic.downcast_ref::<&str>().map(|&text| text.to_owned()));
        Err(text.unwrap_or_else(|| "it panicked without a message".to_owned()))
    })
}

fn syn_path(path: &str) -> proc_macro2::TokenStream {
    path.parse().unwrap_or_default()
}
