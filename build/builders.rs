//! Documents the generated builders, and lets their errors name vendor, operation and parameter.
//!
//! The generator gives a setter no documentation, and its errors are like `order_id was not
//! initialized`.

use proc_macro2::{Group, Literal, TokenStream, TokenTree};
use syn::{Attribute, Fields, File, ImplItem, ImplItemFn, Item, ItemImpl, Type, parse_quote};

use super::build::table::{Operation, Parameter, Place, Table};

/// Adds the documentation of all setters to generated code, and rewrites the builders' errors.
pub fn polish(code: &str, table: &Table) -> syn::Result<String> {
    let mut file = syn::parse_file(code)?;
    let fields = fields(&file);
    for item in &mut file.items {
        let Item::Mod(module) = item else { continue };
        let Some((_, items)) = &mut module.content else {
            continue;
        };
        if module.ident == "builder" {
            for item in items {
                operation_builder(item, table)?;
            }
        } else if module.ident == "types" {
            let builders = items.iter_mut().find_map(|item| match item {
                Item::Mod(inner) if inner.ident == "builder" => inner.content.as_mut(),
                _ => None,
            });
            for item in builders.into_iter().flat_map(|(_, items)| items) {
                type_builder(item, &fields);
            }
        }
    }
    Ok(prettyplease::unparse(&file))
}

/// A field of a generated type.
struct Field {
    holder: String,
    name: String,
    required: bool,
    docs: Vec<Attribute>,
}

/// The fields of all generated types.
fn fields(file: &File) -> Vec<Field> {
    let modules = file.items.iter().filter_map(|item| match item {
        Item::Mod(module) if module.ident == "types" => module.content.as_ref(),
        _ => None,
    });
    let structs = modules
        .flat_map(|(_, items)| items)
        .filter_map(|item| match item {
            Item::Struct(it) => Some(it),
            _ => None,
        });
    let mut found = Vec::new();
    for holder in structs {
        let Fields::Named(fields) = &holder.fields else {
            continue;
        };
        for field in &fields.named {
            let docs = field.attrs.iter().filter(|it| it.path().is_ident("doc"));
            let is_option = matches!(&field.ty, Type::Path(path)
                if path.path.segments.last().is_some_and(|last| last.ident == "Option"));
            found.push(Field {
                holder: holder.ident.to_string(),
                name: field
                    .ident
                    .as_ref()
                    .map(ToString::to_string)
                    .unwrap_or_default(),
                required: !is_option,
                docs: docs.cloned().collect(),
            });
        }
    }
    found
}

/// The name of the type that has the inherent methods.
fn holder(item: &ItemImpl) -> Option<String> {
    match (&item.trait_, &*item.self_ty) {
        (None, Type::Path(path)) => path.path.segments.last().map(|it| it.ident.to_string()),
        _ => None,
    }
}

/// The methods that take `self` and return `Self`.
fn is_setter(method: &ImplItemFn) -> bool {
    let returns_self = matches!(&method.sig.output, syn::ReturnType::Type(_, returned)
        if matches!(&**returned, Type::Path(path) if path.path.is_ident("Self")));
    method.sig.receiver().is_some() && returns_self
}

/// Documents the builder of a type by the descriptions of the type's fields.
fn type_builder(item: &mut Item, fields: &[Field]) {
    match item {
        Item::Struct(builder) => {
            let about = format!(" A builder of [`super::{}`].", builder.ident);
            builder.attrs.push(parse_quote!(#[doc = #about]));
            builder.attrs.push(parse_quote!(#[must_use]));
        }
        Item::Impl(builder) => {
            let Some(holder) = holder(builder) else {
                return;
            };
            for method in &mut builder.items {
                let ImplItem::Fn(method) = method else {
                    continue;
                };
                let name = method.sig.ident.to_string();
                let mut fields = fields.iter();
                let field = fields.find(|it| it.holder == holder && it.name == name);
                let Some(field) = field.filter(|_| is_setter(method)) else {
                    continue;
                };
                let need = if field.required {
                    "Required."
                } else {
                    "Optional."
                };
                let line = format!(" Sets the field `{name}`. {need}");
                method.attrs.push(parse_quote!(#[doc = #line]));
                if !field.docs.is_empty() {
                    method.attrs.push(parse_quote!(#[doc = ""]));
                    method.attrs.extend(field.docs.iter().cloned());
                }
            }
        }
        _ => {}
    }
}

/// Documents the builder of an operation by the descriptions of its parameters, and names both in
/// its errors.
fn operation_builder(item: &mut Item, table: &Table) -> syn::Result<()> {
    match item {
        Item::Struct(builder) => {
            builder
                .attrs
                .push(parse_quote!(#[must_use = "nothing is sent before `send` is called"]));
        }
        Item::Impl(builder) => {
            let holder = holder(builder).unwrap_or_default();
            let mut operations = table.operations.iter();
            let Some(operation) = operations.find(|it| letters(&it.id) == letters(&holder)) else {
                return Ok(());
            };
            for method in &mut builder.items {
                let ImplItem::Fn(method) = method else {
                    continue;
                };
                if is_setter(method) {
                    for line in setter_docs(&method.sig.ident.to_string(), operation) {
                        method.attrs.push(parse_quote!(#[doc = #line]));
                    }
                }
                let block = &method.block;
                let block = renamed(parse_quote!(#block), &table.vendor, operation);
                method.block = syn::parse2(block)?;
            }
        }
        _ => {}
    }
    Ok(())
}

/// The lines of documentation of a setter.
fn setter_docs(name: &str, operation: &Operation) -> Vec<String> {
    match name {
        "body" => {
            let request = operation.request.as_deref().unwrap_or_default();
            return vec![format!(" Sets the body, a `types::{request}`. Required.")];
        }
        "body_map" => return vec![" Changes the body through its builder.".to_owned()],
        _ => {}
    }
    let mut parameters = operation.parameters.iter();
    let found = parameters.find(|it| it.place != Place::Body && letters(&it.name) == letters(name));
    let Some(parameter) = found else {
        return Vec::new();
    };
    let mut lines = vec![summary(parameter)];
    if !parameter.description.is_empty() {
        lines.push(String::new());
        lines.push(format!(" {}", parameter.description));
    }
    lines
}

/// ``Sets the query parameter `per_page`. Optional: integer, from 1 to 100, else the vendor takes
/// 10.``
fn summary(parameter: &Parameter) -> String {
    let Parameter {
        name, place, kind, ..
    } = parameter;
    let need = if parameter.required {
        "Required"
    } else {
        "Optional"
    };
    let mut facts = vec![kind.to_string()];
    match (parameter.minimum, parameter.maximum) {
        (Some(least), Some(most)) => facts.push(format!("from {least} to {most}")),
        (Some(least), None) => facts.push(format!("{least} or more")),
        (None, Some(most)) => facts.push(format!("{most} or less")),
        (None, None) => {}
    }
    if !parameter.allowed.is_empty() {
        facts.push(format!("one of `{}`", parameter.allowed.join("`, `")));
    } else if !parameter.known.is_empty() {
        facts.push(format!("such as `{}`", parameter.known.join("`, `")));
    }
    if let Some(default) = &parameter.default {
        facts.push(format!("`{default}` if left out"));
    }
    let facts = facts.join("; ");
    format!(" Sets the {place} parameter `{name}`. {need}: {facts}.")
}

/// The letters and digits of a name in lower case: what the spec and the generated code write
/// alike.
fn letters(name: &str) -> String {
    let letters = name.chars().filter(|letter| letter.is_alphanumeric());
    letters.flat_map(char::to_lowercase).collect()
}

/// The code with its errors rewritten.
fn renamed(code: TokenStream, vendor: &str, operation: &Operation) -> TokenStream {
    let tokens: Vec<_> = code.into_iter().collect();
    let mut out = Vec::new();
    let mut rest = tokens.as_slice();
    while let [first, others @ ..] = rest {
        rest = others;
        match first {
            TokenTree::Group(group) => {
                let inner = renamed(group.stream(), vendor, operation);
                out.push(TokenTree::Group(Group::new(group.delimiter(), inner)));
            }
            TokenTree::Literal(literal) => {
                let message = message(&literal.to_string(), vendor, operation);
                let message = message.map(|it| Literal::string(&it));
                out.push(TokenTree::Literal(
                    message.unwrap_or_else(|| literal.clone()),
                ));
            }
            // `|e| e.to_string()`: an error of the body's own builder.
            TokenTree::Ident(error) if error == "e" && is_to_string(rest) => {
                let message = format!("{vendor} {}: the body is not complete: {{}}", operation.id);
                let call: TokenStream = parse_quote!(::std::format!(#message, e));
                out.extend(call);
                rest = rest.get(3..).unwrap_or_default();
            }
            other => out.push(other.clone()),
        }
    }
    out.into_iter().collect()
}

/// Returns whether `.to_string()` follows.
fn is_to_string(rest: &[TokenTree]) -> bool {
    matches!(rest, [TokenTree::Punct(dot), TokenTree::Ident(name), TokenTree::Group(_), ..]
        if dot.as_char() == '.' && name == "to_string")
}

/// The message in place of one of the generator's.
fn message(literal: &str, vendor: &str, operation: &Operation) -> Option<String> {
    let text = literal.strip_prefix('"')?.strip_suffix('"')?;
    let id = &operation.id;
    if let Some(name) = text.strip_suffix(" was not initialized") {
        let name = wire_name(name, operation);
        return Some(format!(
            "{vendor} {id}: the parameter `{name}` is required: set it"
        ));
    }
    let (kind, rest) = text.strip_prefix("conversion to `")?.split_once("` for ")?;
    let (name, rest) = rest.split_once(" failed")?;
    let name = wire_name(name, operation);
    let kind = kind.replace(' ', "");
    let kind = kind.rsplit("::").next().unwrap_or(&kind);
    Some(format!(
        "{vendor} {id}: the value of `{name}` is not a valid {kind}{rest}"
    ))
}

/// The name of a parameter on the wire.
fn wire_name<'a>(name: &'a str, operation: &'a Operation) -> &'a str {
    let mut parameters = operation.parameters.iter();
    let found = parameters.find(|it| letters(&it.name) == letters(name));
    found.map_or(name, |it| it.name.as_str())
}
