/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.sources.webhook;

import dev.sluice.api.event.EventAttribute;
import dev.sluice.api.routing.ResourceName;
import dev.sluice.api.source.SecretRef;
import dev.sluice.api.source.SpecField;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.DateTimeException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Reads the spec of a WebhookSource, goes on behind each mistake, and so finds them all. */
final class WebhookSpecReader {

    private static final List<String> ORIGINS = List.of(
            Rule.Origin.LITERAL.field(),
            Rule.Origin.HEADER.field(),
            Rule.Origin.QUERY.field(),
            Rule.Origin.JSONATA.field());

    private static final Duration LONGEST_TOLERANCE = Duration.ofDays(1);

    private final ResourceName name;
    private boolean readable = true;

    WebhookSpecReader(ResourceName name) {
        this.name = name;
    }

    @Nullable
    WebhookDefinition read(SpecField spec) {
        if (!spec.isMapping("publicUrl", "verification", "event")) {
            return null;
        }
        Optional<String> publicUrl = publicUrl(spec.child("publicUrl"));
        Verification verification = verification(spec.child("verification"), spec.child("publicUrl"), publicUrl);
        Mapping mapping =
                mapping(spec.child("event"), verification == null ? Defaults.NONE : Defaults.of(verification.recipe()));
        return verification == null || mapping == null || !readable
                ? null
                : new WebhookDefinition(verification, mapping);
    }

    private Optional<String> publicUrl(SpecField field) {
        return optional(
                field,
                field.checked(
                        WebhookSpecReader::checkPublicUrl,
                        "write the URL at which the sender reaches this source, such as" + " https://hooks.example.com/"
                                + name));
    }

    private static void checkPublicUrl(String text) {
        URI uri;
        try {
            uri = new URI(text);
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException("is not a URL", e);
        }
        boolean http = "http".equalsIgnoreCase(uri.getScheme()) || "https".equalsIgnoreCase(uri.getScheme());
        if (!http || uri.getHost() == null) {
            throw new IllegalArgumentException("is not an http or https URL with a host");
        }
        if (uri.getRawUserInfo() != null) {
            throw new IllegalArgumentException("has a user in it");
        }
        if (uri.getRawQuery() != null || uri.getRawFragment() != null) {
            throw new IllegalArgumentException("has a query or a fragment; a query comes with each request");
        }
    }

    private @Nullable Verification verification(SpecField field, SpecField urlField, Optional<String> publicUrl) {
        if (!field.isPresent()) {
            field.missing("write verification with a recipe in it, or recipe: none to take requests from anybody");
            return null;
        }
        if (!field.isMapping("recipe", "secrets", "tolerance", "username", "header", "hmac")) {
            return null;
        }
        SpecField recipeField = field.child("recipe");
        if (recipeField.requiredText("write one of " + String.join(", ", Recipe.fields())) == null) {
            return null;
        }
        String recipeName = recipeField.oneOf(Recipe.fields());
        if (recipeName == null) {
            return null;
        }
        Recipe recipe = Recipe.of(recipeName);
        List<SecretRef> secrets = secrets(field.child("secrets"), recipe);
        only(recipe == Recipe.BASIC, field.child("username"), recipe, Recipe.BASIC);
        only(recipe == Recipe.TOKEN, field.child("header"), recipe, Recipe.TOKEN);
        only(recipe == Recipe.HMAC, field.child("hmac"), recipe, Recipe.HMAC);
        if (recipe == Recipe.TWILIO && !urlField.isPresent()) {
            urlField.missing("write the URL that Twilio was given; it is part of what Twilio signs");
            readable = false;
        }
        HmacScheme hmac = recipe == Recipe.HMAC ? hmac(field.child("hmac"), publicUrl) : null;
        ReplayWindow window = window(field.child("tolerance"), recipe, hmac);
        Optional<String> username = optional(
                field.child("username"),
                field.child("username").checked(WebhookSpecReader::checkUser, "write the user's name"));
        String header = recipe == Recipe.TOKEN
                ? headerName(field.child("header"), "write the header that has the token, such as X-Api-Key")
                : null;
        return readable
                ? new Verification(
                        recipe,
                        secrets,
                        window,
                        username,
                        Optional.ofNullable(header),
                        Optional.ofNullable(hmac),
                        publicUrl)
                : null;
    }

    private static void checkUser(String text) {
        if (text.isEmpty() || text.indexOf(':') >= 0) {
            throw new IllegalArgumentException(text.isEmpty() ? "is empty" : "has a colon in it (RFC 7617 2)");
        }
    }

    /** Of a field that says something about one recipe alone. */
    private void only(boolean fits, SpecField field, Recipe recipe, Recipe wanted) {
        if (!fits && field.isPresent()) {
            field.error("has no meaning for recipe " + recipe.field(), "remove it, or write recipe: " + wanted.field());
            readable = false;
        }
    }

    private List<SecretRef> secrets(SpecField field, Recipe recipe) {
        List<? extends SpecField> elements = field.elements();
        List<SecretRef> secrets = new ArrayList<>();
        if (recipe == Recipe.NONE) {
            if (field.isPresent()) {
                field.error("has no meaning for recipe none", "remove it, or write the recipe of the sender");
                readable = false;
            }
            return secrets;
        }
        if (elements == null || elements.isEmpty()) {
            if (!field.isPresent()) {
                field.missing("write secrets with a secretKeyRef in each; every one of them is valid");
            } else if (elements != null) {
                field.error("is empty", "write secrets with a secretKeyRef in each; every one of them is valid");
            }
            readable = false;
            return secrets;
        }
        for (SpecField element : elements) {
            SpecField reference = element.child("secretKeyRef");
            if (element.isMapping("secretKeyRef") && !reference.isPresent()) {
                reference.missing("write the name of a Secret and the key in it");
            }
            SecretRef secret = reference.secretKeyRef();
            if (secret == null) {
                readable = false;
            } else {
                secrets.add(secret);
            }
        }
        return secrets;
    }

    private ReplayWindow window(SpecField field, Recipe recipe, @Nullable HmacScheme hmac) {
        String text = field.checked(
                WebhookSpecReader::tolerance, "write an ISO-8601 duration from PT1S to P1D, such as PT5M");
        if (!field.isPresent()) {
            return new ReplayWindow(ReplayWindow.DEFAULT);
        }
        boolean timed =
                hmac == null ? recipe.hasTimestamp() : hmac.timestampHeader().isPresent();
        if (!timed) {
            field.warning(
                    "has no effect: with recipe " + recipe.field() + " no time is signed",
                    hmac == null ? "remove it" : "write hmac.timestampHeader, or remove it");
        }
        if (text == null) {
            readable = false;
            return new ReplayWindow(ReplayWindow.DEFAULT);
        }
        return new ReplayWindow(tolerance(text));
    }

    private static Duration tolerance(String text) {
        Duration duration;
        try {
            duration = Duration.parse(text);
        } catch (DateTimeException e) {
            throw new IllegalArgumentException("is not an ISO-8601 duration", e);
        }
        if (duration.toSeconds() < 1 || duration.compareTo(LONGEST_TOLERANCE) > 0) {
            throw new IllegalArgumentException("is out of range");
        }
        return duration;
    }

    private @Nullable HmacScheme hmac(SpecField field, Optional<String> publicUrl) {
        if (!field.isPresent()) {
            field.missing("write hmac with the header that has the signature in it");
        }
        if (!field.isMapping(
                "header", "algorithm", "encoding", "prefix", "signed", "timestampHeader", "secretEncoding")) {
            readable = false;
            return null;
        }
        String header =
                headerName(field.child("header"), "write the header that has the signature, such as X-Signature");
        String algorithm = oneOf(field.child("algorithm"), HmacScheme.Algorithm.fields(), "sha256");
        String encoding = oneOf(field.child("encoding"), List.of("hex", "base64", "base64url"), "hex");
        String secretEncoding =
                oneOf(field.child("secretEncoding"), List.of("text", "hex", "base64", "base64url"), "text");
        String prefix = field.child("prefix").text();
        SpecField timeField = field.child("timestampHeader");
        String time = timeField.isPresent() ? headerName(timeField, "write a header such as X-Timestamp") : null;
        SignedContent content = signed(field.child("signed"), publicUrl);
        if (time != null && content != null && !content.hasHeader(time)) {
            timeField.error(
                    "is not among what is signed, so that anybody can send another time",
                    "write {header:" + time + "} into signed, where the sender puts it");
            readable = false;
        }
        if (header == null || algorithm == null || encoding == null || secretEncoding == null || content == null) {
            readable = false;
            return null;
        }
        return new HmacScheme(
                header,
                HmacScheme.Algorithm.of(algorithm),
                encoding(encoding),
                prefix == null ? "" : prefix,
                content,
                Optional.ofNullable(time),
                secretEncoding.equals("text") ? Optional.empty() : Optional.of(encoding(secretEncoding)));
    }

    private static Encoding encoding(String field) {
        for (Encoding encoding : Encoding.values()) {
            if (encoding.field().equals(field)) {
                return encoding;
            }
        }
        throw new IllegalArgumentException("no encoding " + field);
    }

    private @Nullable SignedContent signed(SpecField field, Optional<String> publicUrl) {
        if (!field.isPresent()) {
            return SignedContent.BODY;
        }
        String text = field.checked(
                template -> SignedContent.parse(template, publicUrl),
                "write what the sender signs, such as \"{header:X-Timestamp}.{body}\"");
        if (text == null) {
            readable = false;
            return null;
        }
        SignedContent content = SignedContent.parse(text, publicUrl);
        if (!content.hasBody()) {
            field.warning(
                    "does not have {body} in it, so that a signature is valid for any body",
                    "write {body} where the sender puts it");
        }
        return content;
    }

    private @Nullable Mapping mapping(SpecField field, Defaults defaults) {
        if (field.isPresent() && !field.isMapping("type", "source", "subject", "id", "time", "extensions")) {
            return null;
        }
        Optional<Rule> type = rule(field.child("type"));
        Optional<Rule> source = rule(field.child("source"));
        Optional<Rule> subject = rule(field.child("subject"));
        Optional<Rule> id = rule(field.child("id"));
        Optional<Rule> time = rule(field.child("time"));
        source.filter(rule -> rule.origin() == Rule.Origin.LITERAL)
                .ifPresent(rule -> checkUriReference(field.child("source").child("literal"), rule.name()));
        source.flatMap(Rule::fallback)
                .ifPresent(text -> checkUriReference(field.child("source").child("default"), text));
        if (id.isPresent() && id.get().origin() == Rule.Origin.LITERAL) {
            field.child("id")
                    .child("literal")
                    .error(
                            "would be the id of every event, and receivers take the second for a repetition of the first",
                            "take it from the request, or remove it");
            readable = false;
        }
        if (id.flatMap(Rule::fallback).isPresent()) {
            field.child("id")
                    .child("default")
                    .error(
                            "would be the id of several events, and receivers take the second for a repetition of the first",
                            "remove it; a request without the value is then refused");
            readable = false;
        }
        Map<String, Rule> extensions = extensions(field.child("extensions"));
        return new Mapping(
                defaults,
                type,
                source.orElseGet(() ->
                        Rule.literal("/apis/v1/namespaces/" + name.namespace() + "/webhooksources/" + name.name())),
                subject,
                id,
                time,
                extensions);
    }

    private void checkUriReference(SpecField field, String text) {
        try {
            new URI(text);
        } catch (URISyntaxException e) {
            field.error("is not a URI reference", "write one such as https://example.com/shop or /shop");
            readable = false;
        }
    }

    private Map<String, Rule> extensions(SpecField field) {
        Map<String, Rule> extensions = new LinkedHashMap<>();
        if (!field.isMapping()) {
            readable &= !field.isPresent();
            return extensions;
        }
        for (String extension : field.names()) {
            SpecField child = field.child(extension);
            Optional<Rule> rule = rule(child);
            if (isExtension(extension)) {
                rule.ifPresent(found -> extensions.put(extension, found));
            } else {
                child.error(
                        "can't be the name of an extension",
                        "write lower-case letters and digits, and none of the names that CloudEvents defines");
                readable = false;
            }
        }
        return extensions;
    }

    private static boolean isExtension(String name) {
        try {
            return EventAttribute.named(name).isExtension() && !name.equals("data");
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    /** Empty if absent or wrong; the latter is reported. */
    private Optional<Rule> rule(SpecField field) {
        if (!field.isPresent()) {
            return Optional.empty();
        }
        if (!field.isMapping("literal", "header", "queryParameter", "jsonata", "prefix", "default")) {
            readable = false;
            return Optional.empty();
        }
        List<String> written = new ArrayList<>(ORIGINS);
        written.removeIf(origin -> !field.child(origin).isPresent());
        if (written.size() != 1) {
            field.error(
                    written.isEmpty() ? "does not say where it comes from" : "has " + String.join(" and ", written),
                    "write exactly one of " + String.join(", ", ORIGINS));
            readable = false;
            return Optional.empty();
        }
        return switch (written.get(0)) {
            case "literal" -> literal(field);
            case "header" -> found(field, Rule.Origin.HEADER, headerName(field.child("header"), "write its name"));
            case "queryParameter" ->
                found(
                        field,
                        Rule.Origin.QUERY,
                        field.child("queryParameter").requiredText("write the name of the parameter"));
            default -> jsonata(field);
        };
    }

    private Optional<Rule> literal(SpecField field) {
        for (String idle : List.of("prefix", "default")) {
            if (field.child(idle).isPresent()) {
                field.child(idle).error("has no meaning beside literal", "remove it");
                readable = false;
            }
        }
        String text = attributeText(field.child("literal"), true);
        return text == null ? Optional.empty() : Optional.of(Rule.literal(text));
    }

    private Optional<Rule> jsonata(SpecField field) {
        String text = field.child("jsonata").requiredText("write an expression such as order.id");
        if (text == null) {
            readable = false;
            return Optional.empty();
        }
        try {
            Expression expression = Expression.compile(text);
            return found(field, Rule.Origin.JSONATA, text)
                    .map(rule -> new Rule(
                            rule.origin(), rule.name(), Optional.of(expression), rule.prefix(), rule.fallback()));
        } catch (IllegalArgumentException e) {
            field.child("jsonata").error(String.valueOf(e.getMessage()), "write an expression such as order.id");
            readable = false;
            return Optional.empty();
        }
    }

    private Optional<Rule> found(SpecField field, Rule.Origin origin, @Nullable String found) {
        String prefix = attributeText(field.child("prefix"), false);
        String fallback = attributeText(field.child("default"), false);
        if (fallback != null && fallback.isEmpty()) {
            field.child("default").error("is empty, which no attribute may be", "write a value, or remove it");
            readable = false;
        }
        if (found == null) {
            readable = false;
            return Optional.empty();
        }
        return Optional.of(
                new Rule(origin, found, Optional.empty(), prefix == null ? "" : prefix, Optional.ofNullable(fallback)));
    }

    private @Nullable String attributeText(SpecField field, boolean required) {
        String text = required ? field.requiredText("write the value") : field.text();
        if (text != null && Mapping.unprintable(text) >= 0) {
            field.error(
                    "has a character in it that an attribute can't have", "write it without (CloudEvents 1.0, String)");
            readable = false;
            return null;
        }
        readable &= text != null || (!required && !field.isPresent());
        return text;
    }

    private @Nullable String headerName(SpecField field, String remedy) {
        String text = field.requiredText(remedy);
        if (text == null) {
            readable = false;
            return null;
        }
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c <= ' ' || c >= 0x7F || "()<>@,;:\\\"/[]?={}".indexOf(c) >= 0) {
                field.error("is not the name of a header", remedy);
                readable = false;
                return null;
            }
        }
        return text;
    }

    /** Null if it is another, which is reported. */
    private @Nullable String oneOf(SpecField field, List<String> values, String absent) {
        if (!field.isPresent()) {
            return absent;
        }
        return field.oneOf(values);
    }

    private Optional<String> optional(SpecField field, @Nullable String value) {
        readable &= value != null || !field.isPresent();
        return Optional.ofNullable(value);
    }
}
