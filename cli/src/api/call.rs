//! The flags of `api`, made from the operation table.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::builder::PossibleValuesParser;
use clap::builder::TypedValueParser;
use clap::error::ErrorKind;
use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches, Subcommand};
use proxy_orders::operation::{Confidence, Kind, Operation, Parameter, Place};
use proxy_orders::purchase::IdempotencyKey;
use proxy_orders::{Effect, Vendor};
use rust_decimal::Decimal;
use serde_json::Value;

use super::names::{self, kebab};
use super::value;
use crate::flags::{amount, pair};
use crate::spend::{SPENDING, SpendGuards};

/// The heading of the flags for undocumented parts of a request.
const BEYOND: &str = "Beyond the parameters";

/// The heading of the flags for a call under an idempotency key.
const UNDER_A_KEY: &str = "Through the journal";

const JSON_BODY: &str = "the whole body";
const QUERY: &str = "more query pairs";
const IDEMPOTENCY_KEY: &str = "the key in the journal";
const MAX_TOTAL: &str = "the most that it may cost";

/// The ways to give a secret, for help and errors.
pub const SECRET_SOURCES: &str = "@FILE reads it from a file, @- from stdin and env:NAME from an \
    environment variable, because other programs can read a command line";

/// The name of the flag for a call that obliges the user to pay later.
const YES: &str = "yes";

/// The key and the limits of a call that goes through the journal.
#[derive(Clone, Debug)]
pub struct Journalled {
    /// The key.
    pub key: IdempotencyKey,
    /// The most that it may cost.
    pub max_total: Decimal,
    /// The other limits.
    pub guards: SpendGuards,
}

/// One call of one operation.
#[derive(Clone, Debug)]
pub struct ApiCall {
    /// The operation.
    pub operation: &'static Operation,
    /// The given parameters; the others are not sent. Of a secret, it is the source.
    pub given: Vec<(&'static Parameter, Value)>,
    /// Undocumented query pairs.
    pub query: Vec<(String, String)>,
    /// The file with the whole body; `-` is stdin.
    pub json_body: Option<PathBuf>,
    /// The key and the limits, if the call goes through the journal.
    pub journalled: Option<Journalled>,
    /// True if the user agreed on the command line to what the call obliges to.
    pub yes: bool,
}

/// Returns the parameters of an operation that oblige the user to pay later, if they are `true`.
/// Of an operation that spends, the cap and the journal are the guards.
pub fn obligations(operation: &Operation) -> impl Iterator<Item = &Parameter> {
    let parameters = operation.parameters.iter();
    parameters.filter(|it| it.obligation && operation.effect != Effect::Spend)
}

/// Returns the flag of each parameter, in their sequence.
fn flag_names(operation: &Operation) -> Vec<String> {
    let place = |place| match place {
        Place::Path => "path",
        Place::Query => "query",
        Place::Body => "body",
    };
    let parameters = operation.parameters.iter();
    let parameters = parameters.map(|it| (it.name, place(it.place)));
    names::flags(parameters, operation.effect == Effect::Spend)
}

impl Subcommand for ApiCall {
    fn augment_subcommands(command: Command) -> Command {
        command
            .subcommands(Vendor::all().iter().copied().map(vendor_command))
            .disable_help_subcommand(true)
    }

    fn augment_subcommands_for_update(command: Command) -> Command {
        Self::augment_subcommands(command)
    }

    fn has_subcommand(name: &str) -> bool {
        Vendor::all().iter().any(|vendor| vendor.as_str() == name)
    }
}

impl FromArgMatches for ApiCall {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        Self::from_arg_matches_mut(&mut matches.clone())
    }

    fn from_arg_matches_mut(matches: &mut ArgMatches) -> Result<Self, clap::Error> {
        let missing = || clap::Error::new(ErrorKind::MissingSubcommand);
        let (vendor, matches) = matches.subcommand().ok_or_else(missing)?;
        let (operation, matches) = matches.subcommand().ok_or_else(missing)?;
        let vendor: Vendor = vendor.parse().map_err(|_| missing())?;
        let operation = vendor
            .operations()
            .iter()
            .find(|it| kebab(it.id) == operation)
            .ok_or_else(missing)?;
        read_call(operation, matches)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

fn read_call(operation: &'static Operation, matches: &ArgMatches) -> Result<ApiCall, clap::Error> {
    let names = flag_names(operation);
    let given = operation.parameters.iter().zip(&names);
    let given = given.filter_map(|(parameter, flag)| {
        let values = matches.get_many::<Value>(flag)?.cloned().collect();
        Some((parameter, value::join(values)?))
    });
    let pairs = matches.get_many::<(String, String)>(QUERY);
    let json_body = matches.try_get_one::<PathBuf>(JSON_BODY).ok().flatten();
    Ok(ApiCall {
        operation,
        given: given.collect(),
        query: pairs.into_iter().flatten().cloned().collect(),
        json_body: json_body.cloned(),
        journalled: read_journalled(operation, matches)?,
        yes: matches.try_get_one(YES).ok().flatten() == Some(&true),
    })
}

fn read_journalled(
    operation: &Operation,
    matches: &ArgMatches,
) -> Result<Option<Journalled>, clap::Error> {
    let Some(key) = matches.get_one::<IdempotencyKey>(IDEMPOTENCY_KEY) else {
        return Ok(None);
    };
    if operation.effect != Effect::Spend {
        let what = format!(
            "--idempotency-key is for operations that spend: {} does not spend, so leave the flag out",
            operation.id
        );
        return Err(clap::Error::raw(ErrorKind::ArgumentConflict, what));
    }
    // Clap requires it beside the key.
    let max_total = matches.get_one::<Decimal>(MAX_TOTAL).copied();
    Ok(Some(Journalled {
        key: key.clone(),
        max_total: max_total.unwrap_or_default(),
        guards: SpendGuards::from_arg_matches(matches)?,
    }))
}

fn vendor_command(vendor: Vendor) -> Command {
    let operations = vendor.operations();
    Command::new(vendor.as_str())
        .about(format!("{}: {} operations", vendor.name(), operations.len()))
        .after_help(
            "The word in brackets is the effect. `read` and `set` may be sent again after a failure; `change` and `spend` are sent once.",
        )
        .subcommands(operations.iter().map(operation_command))
        .subcommand_required(true)
        .arg_required_else_help(true)
        .disable_help_subcommand(true)
}

fn operation_command(operation: &'static Operation) -> Command {
    let flags = flag_names(operation);
    let arguments = operation.parameters.iter().zip(flags);
    let mut command = Command::new(kebab(operation.id))
        .about(format!("{} [{}]", operation.summary, operation.effect))
        .long_about(format!(
            "{}\n\n{}",
            operation.summary, operation.description
        ))
        .after_help(facts(operation))
        .args(arguments.map(|(parameter, flag)| argument(parameter, flag)))
        .arg(
            Arg::new(QUERY)
                .long("query")
                .value_name("NAME=VALUE")
                .action(ArgAction::Append)
                .value_parser(pair)
                .help_heading(BEYOND)
                .help("An undocumented query pair; may be given more than once"),
        );
    if operation.method != "GET" {
        command = command.arg(
            Arg::new(JSON_BODY)
                .long("json-body")
                .help_heading(BEYOND)
                .value_name("FILE")
                .value_parser(|text: &str| Ok::<_, String>(PathBuf::from(OsString::from(text))))
                .help("The whole body, as JSON in a file or on stdin (-); the flags of parameters override it"),
        );
    }
    if obligations(operation).next().is_some() {
        command = command.arg(
            Arg::new(YES)
                .long(YES)
                .action(ArgAction::SetTrue)
                .help_heading(SPENDING)
                .help("Do not ask before it obliges you to pay; needed where there is no terminal"),
        );
    }
    command.args(through_journal(operation))
}

/// Returns the flags by which a call goes through the journal.
fn through_journal(operation: &Operation) -> Vec<Arg> {
    let key = Arg::new(IDEMPOTENCY_KEY)
        .short('i')
        .long("idempotency-key")
        .value_name("KEY")
        .value_parser(|text: &str| text.parse::<IdempotencyKey>())
        .help_heading(UNDER_A_KEY)
        .display_order(0)
        .help("Your own name for it, such as invoice-117: the same key never buys twice");
    if operation.effect != Effect::Spend {
        // Known here as well, so that the error can explain it.
        return vec![key.hide(true)];
    }
    let max_total = Arg::new(MAX_TOTAL)
        .long("max-total")
        .value_name("AMOUNT")
        .value_parser(amount)
        .display_order(0)
        .help("The most that it may cost, tax included; nothing is bought above it");
    let guards = SpendGuards::augment_args(Command::new("guards"));
    let guards = [max_total]
        .into_iter()
        .chain(guards.get_arguments().cloned())
        .map(|it| it.requires(IDEMPOTENCY_KEY).help_heading(UNDER_A_KEY));
    [key.requires(MAX_TOTAL)]
        .into_iter()
        .chain(guards)
        .collect()
}

/// Returns the text below the flags.
fn facts(operation: &Operation) -> String {
    let effect = match operation.effect {
        Effect::Read => "read: it changes nothing",
        Effect::Set => "set: sending it twice has the effect of sending it once",
        Effect::Change => "change: it changes something, without money; it is never sent twice",
        Effect::Spend => {
            "spend: it moves money or starts an obligation to pay; it is never sent twice"
        }
    };
    let source = match operation.confidence {
        Confidence::Documented => "documented",
        Confidence::Observed => "observed by others, not documented",
        Confidence::Inferred => "inferred, not documented",
    };
    format!(
        "Request: {} {}\nEffect:  {effect}\nSource:  {} page \"{}\", {source}; never tried live by us",
        operation.method,
        operation.path,
        operation.vendor.name(),
        operation.document,
    )
}

fn argument(parameter: &'static Parameter, flag: String) -> Arg {
    let is_composite = matches!(parameter.kind, Kind::List(_) | Kind::Map);
    let read = move |typed: &str| value::read(parameter, typed);
    let mut argument = Arg::new(flag.clone())
        .long(flag)
        .help(help(parameter))
        .help_heading("Parameters")
        .value_name(match parameter.secret {
            true => "SOURCE",
            false => value_name(parameter.kind),
        })
        .action(match is_composite {
            true => ArgAction::Append,
            false => ArgAction::Set,
        })
        .allow_negative_numbers(matches!(
            parameter.kind,
            Kind::Integer | Kind::Number | Kind::IntegerOrText
        ));
    argument = match (parameter.kind, parameter.allowed) {
        (Kind::Boolean, _) => argument.value_parser(words(parameter, &["true", "false"])),
        (_, allowed) if !allowed.is_empty() && !is_composite => {
            argument.value_parser(words(parameter, allowed))
        }
        // It names the place of the secret. Here, an error would repeat what was typed.
        _ if parameter.secret => {
            argument.value_parser(|typed: &str| Ok::<_, String>(Value::from(typed)))
        }
        _ => argument.value_parser(read),
    };
    match (parameter.required, parameter.place) {
        (false, _) => argument,
        (true, Place::Body) => argument.required_unless_present(JSON_BODY),
        (true, _) => argument.required(true),
    }
}

/// Parses one of a closed list of words, which clap can show and suggest.
fn words(
    parameter: &'static Parameter,
    words: &'static [&'static str],
) -> impl TypedValueParser<Value = Value> {
    PossibleValuesParser::new(words).try_map(move |typed| value::read(parameter, &typed))
}

fn value_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Integer => "INTEGER",
        Kind::Number => "NUMBER",
        Kind::Boolean => "BOOLEAN",
        Kind::IntegerOrText => "INTEGER|TEXT",
        Kind::List(Kind::Object | Kind::Any | Kind::Map | Kind::List(_)) => "JSON-ARRAY",
        Kind::List(_) => "ITEM,...",
        Kind::Map => "KEY=VALUE,...",
        Kind::Object => "JSON-OBJECT",
        Kind::Any => "JSON",
        _ => "TEXT",
    }
}

/// Returns the vendor's description, and the facts of the parameter.
fn help(parameter: &Parameter) -> String {
    let mut text = parameter.description.trim_end_matches('.').to_owned();
    let mut add = |what: String| {
        if !text.is_empty() {
            text.push_str("; ");
        }
        text.push_str(&what);
    };
    match (parameter.minimum, parameter.maximum) {
        (Some(least), Some(most)) => add(format!("{least} to {most}")),
        (Some(least), None) => add(format!("at least {least}")),
        (None, Some(most)) => add(format!("at most {most}")),
        (None, None) => {}
    }
    if matches!(parameter.kind, Kind::List(_) | Kind::Map) && !parameter.allowed.is_empty() {
        add(format!("any of {}", parameter.allowed.join(", ")));
    }
    if !parameter.known.is_empty() {
        add(format!("known: {}", parameter.known.join(", ")));
    }
    if parameter.required && parameter.place == Place::Body {
        add("required, here or in --json-body".to_owned());
    }
    if let Some(default) = parameter.default {
        add(format!("the vendor takes {default} if it is left out"));
    }
    if parameter.secret {
        add(format!("secret: {SECRET_SOURCES}"));
    }
    if parameter.obligation {
        add("true obliges you to pay later, and wants --yes where there is no terminal".to_owned());
    }
    text
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::flags::GlobalArguments;

    /// Checks that a parameter of any name hides none of our flags, and no other parameter.
    #[test]
    fn no_parameter_clashes() {
        let api = ApiCall::augment_subcommands(Command::new("api"));
        let mut root = GlobalArguments::augment_args(Command::new("root").subcommand(api));
        root.build();
        let api = root.find_subcommand("api").unwrap();
        for vendor in Vendor::all() {
            let vendor_command = api.find_subcommand(vendor.as_str()).unwrap();
            for operation in vendor.operations() {
                let command = vendor_command.find_subcommand(kebab(operation.id)).unwrap();
                let names = flag_names(operation);
                for flag in command.get_arguments().filter_map(Arg::get_long) {
                    let is_ours = names::is_reserved(flag, operation.effect == Effect::Spend);
                    let is_parameter = names.iter().any(|name| name == flag);
                    assert!(is_ours != is_parameter, "{} --{flag}", operation.id);
                }
            }
        }
    }
}
