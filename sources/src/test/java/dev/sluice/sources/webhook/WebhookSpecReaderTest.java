/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.sources.webhook;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.api.routing.ResourceName;
import dev.sluice.api.source.EventDescription;
import dev.sluice.api.source.SecretRef;
import dev.sluice.api.source.SourceDefinition;
import dev.sluice.testkit.WrittenField;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What stands behind the bar in each row is written in a resource that has nothing else wrong. */
class WebhookSpecReaderTest {

    private static final ResourceName NAME = new ResourceName("shop", "hook");
    private static final String SECRETS = "'secrets': [{'secretKeyRef': {'name': 'hook', 'key': 'secret'}}]";
    private static final String GITHUB = "'verification': {'recipe': 'github', " + SECRETS + "}";

    private static WrittenField spec(String fields) {
        return WrittenField.spec(new JsonObject("{" + fields.replace('\'', '"') + "}"));
    }

    private static WebhookDefinition read(WrittenField spec) {
        SourceDefinition definition = new WebhookSourceKind().read(NAME, WrittenField.metadata(new JsonObject()), spec);
        return (WebhookDefinition) definition;
    }

    private static void assertWrong(String fields, String error) {
        WrittenField spec = spec(fields);
        assertThat(read(spec)).isNull();
        assertThat(spec.errors()).singleElement().asString().contains(error);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "'event': {'type': {}} | spec.event.type {} does not say where it comes from; write exactly one of literal",
                "'event': {'type': {'header': 'X', 'jsonata': 'y'}} | has header and jsonata; write exactly one of",
                "'event': {'type': {'literal': ''}} | spec.event.type.literal is missing or empty",
                "'event': {'type': {'literal': 'a', 'prefix': 'b'}} | spec.event.type.prefix b has no meaning beside literal",
                "'event': {'type': {'header': 'X Y'}} | spec.event.type.header X Y is not the name of a header",
                "'event': {'type': {'header': 'X', 'default': 'a\\u0000'}} | has a character in it that an attribute can't have",
                "'event': {'subject': {'jsonata': 'order.('}} | spec.event.subject.jsonata order.( is not JSONata: ",
                "'event': {'subject': {'jsonata': ''}} | spec.event.subject.jsonata is missing or empty",
                "'event': {'source': {'literal': 'a b'}} | spec.event.source.literal a b is not a URI reference",
                "'event': {'source': {'header': 'X', 'default': '%'}} | spec.event.source.default % is not a URI reference",
                "'event': {'id': {'literal': '1'}} | would be the id of every event",
                "'event': {'id': {'header': 'X', 'default': '1'}} | would be the id of several events",
                "'event': {'type': {'header': 'X', 'default': ''}} | is empty, which no attribute may be",
                "'event': {'extensions': {'Tenant': {'literal': 'a'}}} | can't be the name of an extension",
                "'event': {'extensions': {'type': {'literal': 'a'}}} | can't be the name of an extension",
                "'event': {'extensions': {'data': {'literal': 'a'}}} | can't be the name of an extension",
                "'event': {'extensions': 'x'} | spec.event.extensions is not a mapping",
                "'publicUrl': 'hooks.example.com' | is not an http or https URL with a host; write the URL at which the sender reaches",
                "'publicUrl': 'https://user:pass@hooks.example.com/' | has a user in it",
                "'publicUrl': 'https://hooks.example.com/?a=b' | has a query or a fragment"
            })
    void reports_what_is_wrong_and_where(String fields, String error) {
        assertWrong(GITHUB + ", " + fields, error);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "'recipe': 'githbu', $ | spec.verification.recipe is not one of",
                "$ | spec.verification.recipe is missing or empty",
                "'recipe': 'github' | spec.verification.secrets is missing; write secrets with a secretKeyRef in each",
                "'recipe': 'github', 'secrets': [] | is empty; write secrets with a secretKeyRef in each",
                "'recipe': 'github', 'secrets': [{}] | spec.verification.secrets[0].secretKeyRef is missing",
                "'recipe': 'github', 'secrets': [{'secretKeyRef': {'name': 'a'}}] | secretKeyRef.key is missing or empty",
                "'recipe': 'none', $ | has no meaning for recipe none",
                "'recipe': 'github', 'username': 'a', $ | username a has no meaning for recipe github; remove it, or write recipe: basic",
                "'recipe': 'basic', 'username': 'a:b', $ | has a colon in it",
                "'recipe': 'token', $ | spec.verification.header is missing or empty; write the header that has the token",
                "'recipe': 'twilio', $ | spec.publicUrl is missing; write the URL that Twilio was given",
                "'recipe': 'stripe', 'tolerance': 'PT0S', $ | spec.verification.tolerance is out of range",
                "'recipe': 'stripe', 'tolerance': 'P2D', $ | spec.verification.tolerance is out of range",
                "'recipe': 'stripe', 'tolerance': '5m', $ | spec.verification.tolerance is not an ISO-8601 duration",
                "'recipe': 'hmac', $ | spec.verification.hmac is missing",
                "'recipe': 'hmac', 'hmac': {}, $ | spec.verification.hmac.header is missing or empty",
                "'recipe': 'hmac', 'hmac': {'header': 'X', 'algorithm': 'md5'}, $ | hmac.algorithm is not one of",
                "'recipe': 'hmac', 'hmac': {'header': 'X', 'encoding': 'text'}, $ | hmac.encoding is not one of",
                "'recipe': 'hmac', 'hmac': {'header': 'X', 'signed': '{url}{body}'}, $ | has {url} in it, and spec.publicUrl is missing",
                "'recipe': 'hmac', 'hmac': {'header': 'X', 'signed': '{bdy}'}, $ | has {bdy} in it, and only {body}",
                "'recipe': 'hmac', 'hmac': {'header': 'X', 'signed': '{body'}, $ | has a \"{\" without a \"}\"",
                "'recipe': 'hmac', 'hmac': {'header': 'X', 'timestampHeader': 'X-Time'}, $ | is not among what is signed"
            })
    void reports_what_is_wrong_with_a_recipe(String fields, String error) {
        assertWrong("'verification': {" + fields.replace("$", SECRETS) + "}", error);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "'events': {} | spec.events",
                "'event': {'datacontenttype': {'literal': 'a/b'}} | spec.event.datacontenttype",
                "'event': {'type': {'literal': 'x', 'headers': 'X'}} | spec.event.type.headers"
            })
    void reports_fields_that_nobody_knows(String fields, String field) {
        WrittenField spec = spec(GITHUB + ", " + fields);
        read(spec);
        assertThat(spec.errors()).containsExactly(field + " is not a known field");
    }

    @Test
    void wants_it_written_that_nobody_is_verified() {
        assertWrong("'event': {}", "or recipe: none to take requests from anybody");
        assertThat(read(spec("'verification': {'recipe': 'none'}"))).isNotNull();
    }

    @Test
    void reports_all_that_is_wrong_at_once() {
        // Given
        WrittenField spec = spec("'verification': {'recipe': 'githbu'}, 'publicUrl': 'x', 'event': {'type': {}, 'time':"
                + " {'jsonata': '('}}");

        // When
        read(spec);

        // Then
        assertThat(spec.errors()).hasSize(4);
    }

    @Test
    void warns_of_what_has_no_effect() {
        WrittenField tolerance = spec("'verification': {'recipe': 'github', 'tolerance': 'PT1M', " + SECRETS + "}");
        assertThat(read(tolerance)).isNotNull();
        assertThat(tolerance.warnings()).singleElement().asString().contains("no time is signed");
        WrittenField body = spec(
                "'verification': {'recipe': 'hmac', 'hmac': {'header': 'X', 'signed': '{header:Y}'}, " + SECRETS + "}");
        assertThat(read(body)).isNotNull();
        assertThat(body.warnings()).singleElement().asString().contains("a signature is valid for any body");
    }

    @Test
    void reads_all_that_can_be_said() {
        // Given
        WrittenField spec = spec("""
                'publicUrl': 'https://hooks.example.com/hook',
                'verification': {
                  'recipe': 'hmac', 'tolerance': 'PT30S',
                  'secrets': [{'secretKeyRef': {'name': 'a', 'key': 'b'}}, {'secretKeyRef': {'name': 'c', 'key': 'd'}}],
                  'hmac': {'header': 'X-Sig', 'algorithm': 'sha512', 'encoding': 'base64', 'prefix': 'p=',
                           'signed': '{header:X-Time}:{body}', 'timestampHeader': 'X-Time', 'secretEncoding': 'hex'}},
                'event': {'type': {'literal': 't'}, 'source': {'literal': '/s'}}
                """);

        // When
        WebhookDefinition definition = read(spec);

        // Then
        assertThat(spec.errors()).isEmpty();
        assertThat(spec.warnings()).isEmpty();
        assertThat(definition.secrets()).containsExactly(new SecretRef("a", "b"), new SecretRef("c", "d"));
        assertThat(definition.verification().window().tolerance()).isEqualTo(Duration.ofSeconds(30));
        HmacScheme scheme = definition.verification().hmac().orElseThrow();
        assertThat(scheme.header()).isEqualTo("X-Sig");
        assertThat(scheme.algorithm()).isEqualTo(HmacScheme.Algorithm.SHA512);
        assertThat(scheme.encoding()).isEqualTo(Encoding.BASE64);
        assertThat(scheme.prefix()).isEqualTo("p=");
        assertThat(scheme.timestampHeader()).contains("X-Time");
        assertThat(scheme.secretEncoding()).contains(Encoding.HEX);
        assertThat(definition.events()).containsExactly(new EventDescription("t", "/s"));
    }

    @Test
    void describes_only_events_that_are_known_beforehand() {
        assertThat(read(spec("'verification': {'recipe': 'none'}")).events())
                .containsExactly(new EventDescription(
                        "dev.sluice.source.webhook", "/apis/v1/namespaces/shop/webhooksources/hook"));
        assertThat(read(spec(GITHUB)).events()).isEmpty();
    }

    @Test
    void two_that_say_the_same_are_equal_so_that_nothing_is_made_anew() {
        String fields =
                GITHUB + ", 'event': {'subject': {'jsonata': 'order.id'}, 'extensions': {'a': {'header': 'X'}}}";
        assertThat(read(spec(fields))).isEqualTo(read(spec(fields)));
        assertThat(read(spec(fields))).isNotEqualTo(read(spec(fields.replace("order.id", "order.no"))));
    }
}
