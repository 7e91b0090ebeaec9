//! The generated surface of a vendor as text: its types and calls, one line an item.
//! `tests/surface.rs` keeps it as a snapshot, and `cargo xtask diff` compares two of them.

use std::fmt::Write as _;

use syn::punctuated::Punctuated;
use syn::{
    Attribute, Fields, FnArg, GenericArgument, ImplItem, ImplItemFn, Item, Meta, PathArguments,
    ReturnType, Token, Type, TypeParamBound, WherePredicate,
};

/// Lists what `build.rs` generates: the client, and the open enums.
pub fn types(client: &str, enums: &str) -> String {
    format!("{}{}", open_enums(enums), generated(client))
}

/// Reads the calls of `open_text_enum!` and `open_integer_enum!`, which have one item a line, and
/// of `prefixed_map!`, each of which is one line.
fn open_enums(source: &str) -> String {
    let mut out = String::new();
    let mut kind = "";
    for line in source.lines() {
        if let Some((_, rest)) = line.split_once("::open_") {
            kind = rest.strip_suffix("_enum! {").expect(line);
        } else if let Some((_, map)) = line.split_once("::prefixed_map! { ") {
            let (name, prefix) = map.trim_end_matches(" }").split_once(", ").expect(line);
            let _ = writeln!(out, "prefixed map {name} of {prefix}");
        } else if let Some(name) = line.strip_suffix(" {") {
            let _ = writeln!(out, "open enum {name} of {kind}");
        } else if let Some(variant) = line.strip_suffix(',') {
            let _ = writeln!(out, "    {variant}");
        } else {
            assert!(line == "}" || line.starts_with("#[doc = "), "{line}");
        }
    }
    out
}

fn generated(source: &str) -> String {
    let file = syn::parse_file(source).unwrap();
    let types = module(&file.items, "types");
    let calls = module(&file.items, "builder");
    let mut texts: Vec<_> = types.iter().filter_map(type_text).collect();
    texts.sort();
    let mut builders: Vec<_> = calls.iter().filter_map(call_text).collect();
    builders.sort();
    assert!(!texts.is_empty() && !builders.is_empty());
    texts.extend(builders);
    texts.concat()
}

fn module<'a>(items: &'a [Item], name: &str) -> &'a [Item] {
    let found = items.iter().find_map(|item| match item {
        Item::Mod(module) if module.ident == name => module.content.as_ref(),
        _ => None,
    });
    &found.unwrap_or_else(|| panic!("no module `{name}`")).1
}

/// A type of `types`; nothing for its impls and for the modules of builders and errors.
fn type_text(item: &Item) -> Option<String> {
    match item {
        Item::Struct(item) => {
            let marks = serde_marks(&item.attrs);
            let name = &item.ident;
            Some(match &item.fields {
                Fields::Unnamed(_) => format!("newtype {name}{}{marks}\n", fields(&item.fields)),
                _ => format!("struct {name}{marks}\n{}", fields(&item.fields)),
            })
        }
        Item::Enum(item) => {
            let mut out = format!("enum {}{}\n", item.ident, serde_marks(&item.attrs));
            for variant in &item.variants {
                let inner = fields(&variant.fields);
                let marks = serde_marks(&variant.attrs);
                let _ = writeln!(out, "    {}{inner}{marks}", variant.ident);
            }
            Some(out)
        }
        Item::Type(item) => Some(format!("type {} = {}\n", item.ident, short(&item.ty))),
        Item::Impl(_) => None,
        Item::Mod(item) => {
            let known =
                item.ident == "builder" || item.ident == "error" || item.ident == "defaults";
            assert!(known, "module `{}` of the types is not known", item.ident);
            None
        }
        _ => panic!("an item in `types` that cannot be listed"),
    }
}

/// `(Vec<i64>)`, or one line a field.
fn fields(fields: &Fields) -> String {
    match fields {
        Fields::Unit => String::new(),
        Fields::Unnamed(all) => {
            let all: Vec<_> = all.unnamed.iter().map(|it| short(&it.ty)).collect();
            format!("({})", all.join(", "))
        }
        Fields::Named(all) => all
            .named
            .iter()
            .map(|it| {
                let name = it.ident.as_ref().unwrap();
                format!("    {name}: {}{}\n", short(&it.ty), serde_marks(&it.attrs))
            })
            .collect(),
    }
}

/// Lists the serde attributes, without those that only leave fields out.
fn serde_marks(attributes: &[Attribute]) -> String {
    let mut out = String::new();
    for attribute in attributes.iter().filter(|it| it.path().is_ident("serde")) {
        let list = attribute.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated);
        for meta in list.unwrap() {
            let word = meta.path().get_ident().unwrap().to_string();
            match (word.as_str(), &meta) {
                ("skip_serializing_if" | "transparent", _) => {}
                ("rename", Meta::NameValue(pair)) => {
                    let _ = write!(out, " = {}", literal(&pair.value));
                }
                (_, Meta::NameValue(pair)) => {
                    let _ = write!(out, ", {word} = {}", literal(&pair.value));
                }
                _ => {
                    let _ = write!(out, ", {word}");
                }
            }
        }
    }
    out
}

fn literal(value: &syn::Expr) -> String {
    match value {
        syn::Expr::Lit(syn::ExprLit {
            lit: syn::Lit::Str(text),
            ..
        }) => format!("{:?}", text.value()),
        _ => panic!("serde is told something that is no text"),
    }
}

/// The methods of one operation's builder.
fn call_text(item: &Item) -> Option<String> {
    let Item::Impl(item) = item else {
        return None;
    };
    assert!(item.trait_.is_none(), "a trait of a call cannot be listed");
    let mut out = format!("call {}\n", short(&item.self_ty));
    for member in &item.items {
        let ImplItem::Fn(method) = member else {
            panic!("something in a call that is no method");
        };
        let name = &method.sig.ident;
        if name == "new" {
            continue;
        } else if name == "send" {
            let _ = writeln!(out, "    send -> {}", answer(&method.sig.output));
        } else {
            let _ = writeln!(out, "    {name}: {}", value(method));
        }
    }
    Some(out)
}

/// `OrderList` of `Result<ResponseValue<types::OrderList>, Error<()>>`.
fn answer(output: &ReturnType) -> String {
    let ReturnType::Type(_, output) = output else {
        panic!("`send` answers nothing");
    };
    let text = short(output);
    let text = text.strip_prefix("Result<ResponseValue<");
    let text = text.and_then(|it| it.split_once(">, Error<")).unwrap();
    text.0.to_owned()
}

/// Returns the type that a method takes: `i64` of `value: V where V: TryInto<i64>`.
fn value(method: &ImplItemFn) -> String {
    let name = &method.sig.ident;
    if let Some(clause) = &method.sig.generics.where_clause {
        for predicate in &clause.predicates {
            let WherePredicate::Type(predicate) = predicate else {
                continue;
            };
            for bound in &predicate.bounds {
                let TypeParamBound::Trait(bound) = bound else {
                    continue;
                };
                let last = bound.path.segments.last().unwrap();
                let arguments = arguments(&last.arguments);
                if !arguments.is_empty() {
                    return match last.ident.to_string().as_str() {
                        "TryInto" => arguments.join(", "),
                        other => format!("{other}({})", arguments.join(", ")),
                    };
                }
            }
        }
    }
    let taken = method.sig.inputs.iter().filter_map(|input| match input {
        FnArg::Typed(input) => Some(short(&input.ty)),
        FnArg::Receiver(_) => None,
    });
    let taken: Vec<_> = taken.collect();
    assert!(!taken.is_empty(), "`{name}` takes nothing");
    taken.join(", ")
}

/// A type without the modules that lead to it: `Option<i64>`. One of `types::builder` is
/// `builder::Order`.
fn short(kind: &Type) -> String {
    match kind {
        Type::Path(kind) => {
            let last = kind.path.segments.last().unwrap();
            let inner = arguments(&last.arguments);
            let builder = kind.path.segments.iter().rev().nth(1);
            let builder = builder.filter(|it| it.ident == "builder");
            let builder = builder.map_or("", |_| "builder::");
            match inner.as_slice() {
                [] => format!("{builder}{}", last.ident),
                inner => format!("{builder}{}<{}>", last.ident, inner.join(", ")),
            }
        }
        Type::Reference(kind) => format!("&{}", short(&kind.elem)),
        Type::Slice(kind) => format!("[{}]", short(&kind.elem)),
        Type::Tuple(kind) => {
            let all: Vec<_> = kind.elems.iter().map(short).collect();
            format!("({})", all.join(", "))
        }
        _ => panic!("a type that cannot be listed"),
    }
}

fn arguments(arguments: &PathArguments) -> Vec<String> {
    match arguments {
        PathArguments::None => Vec::new(),
        PathArguments::AngleBracketed(list) => list
            .args
            .iter()
            .filter_map(|argument| match argument {
                GenericArgument::Type(kind) => Some(short(kind)),
                _ => None,
            })
            .collect(),
        PathArguments::Parenthesized(list) => list.inputs.iter().map(short).collect(),
    }
}
