/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.api.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_16LE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.cloudevents.CloudEvent;
import io.cloudevents.CloudEventData;
import io.cloudevents.SpecVersion;
import io.cloudevents.core.builder.CloudEventBuilder;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import java.net.URI;
import java.time.OffsetDateTime;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Structured and batched content mode: the JSON event format and the JSON batch format. */
class HttpBindingJsonTest {

    private static final String CORE = "\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"/s\",\"type\":\"t\"";
    private static final String CORE_03 = "\"specversion\":\"0.3\",\"id\":\"1\",\"source\":\"/s\",\"type\":\"t\"";

    private static CloudEvent read(String json) throws MalformedEventException {
        return read(json.getBytes(UTF_8));
    }

    private static CloudEvent read(byte[] json) throws MalformedEventException {
        List<CloudEvent> events = HttpBinding.read(contentType("application/cloudevents+json"), Buffer.buffer(json));
        assertThat(events).hasSize(1);
        return events.get(0);
    }

    private static List<CloudEvent> readBatch(String json) throws MalformedEventException {
        return HttpBinding.read(contentType("application/cloudevents-batch+json"), Buffer.buffer(json));
    }

    private static MultiMap contentType(String value) {
        return HttpHeaders.headers().add("content-type", value);
    }

    private static @Nullable String dataOf(CloudEvent event) {
        CloudEventData data = event.getData();
        return data == null ? null : new String(data.toBytes(), UTF_8);
    }

    private static String written(CloudEvent event) {
        MultiMap headers = HttpHeaders.headers();
        String json = HttpBinding.write(event, ContentMode.STRUCTURED, headers).toString(UTF_8);
        assertThat(headers.get("content-type")).isEqualTo("application/cloudevents+json; charset=utf-8");
        assertThat(headers.size()).isEqualTo(1);
        return json;
    }

    private static CloudEvent withData(@Nullable String mediaType, byte[] data) {
        CloudEventBuilder builder =
                CloudEventBuilder.v1().withId("1").withSource(URI.create("/s")).withType("t");
        return (mediaType == null ? builder.withData(data) : builder.withData(mediaType, data)).build();
    }

    @Test
    void reads_every_attribute_and_type() throws MalformedEventException {
        CloudEvent event = read("{" + CORE + ",\"subject\":\"Euro € \\uD83D\\uDE00\",\"time\":\"2026-01-31T12:00:00Z\","
                + "\"datacontenttype\":\"text/xml\",\"dataschema\":\"http://example.com/s\",\"flag\":true,\"off\":false,"
                + "\"number\":-2147483648,\"text\":\"x\",\"unset\":null,\"data\":\"<a/>\"}");

        assertThat(event.getSpecVersion()).isEqualTo(SpecVersion.V1);
        assertThat(event.getSubject()).isEqualTo("Euro € 😀");
        assertThat(event.getTime()).isEqualTo(OffsetDateTime.parse("2026-01-31T12:00:00Z"));
        assertThat(event.getDataContentType()).isEqualTo("text/xml");
        assertThat(event.getDataSchema()).isEqualTo(URI.create("http://example.com/s"));
        assertThat(event.getExtensionNames()).containsExactlyInAnyOrder("flag", "off", "number", "text");
        assertThat(event.getExtension("flag")).isEqualTo(true);
        assertThat(event.getExtension("off")).isEqualTo(false);
        assertThat(event.getExtension("number")).isEqualTo(Integer.MIN_VALUE);
        assertThat(event.getExtension("text")).isEqualTo("x");
        assertThat(dataOf(event)).isEqualTo("<a/>");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "1.10",
                "1e400",
                "-0",
                "123456789012345678901234567890",
                "0.10000000000000000000000000000000001",
                "true",
                "false",
                "null",
                "\"text \\u0041 \\n\"",
                "\"\"",
                "{}",
                "[]",
                "{ \"b\" : 1.0,\n\t\"a\":[ 1 , 2.50 ] }",
                "{\"twice\":1,\"twice\":2}",
                "[\"€\", \"😀\", {\"x\":{}}]",
            })
    void json_data_is_cut_out_byte_for_byte(String data) throws MalformedEventException {
        for (String type : new String[] {
            "", ",\"datacontenttype\":\"application/json\"", ",\"datacontenttype\":\"Application/Vnd.X+JSON; v=1\""
        }) {
            assertThat(dataOf(read("{" + CORE + type + ",\"data\":  " + data + "  }")))
                    .isEqualTo(data);
            assertThat(dataOf(read("{\"data\":" + data + "," + CORE + type + "}")))
                    .isEqualTo(data);
            assertThat(dataOf(read("\uFEFF{\"data\": " + data + "," + CORE + type + "}")))
                    .isEqualTo(data);
        }
    }

    @Test
    void json_data_is_cut_out_whatever_stands_around_it() throws MalformedEventException {
        CloudEvent event = read("\n\t {\"é€😀\": null,".replace("é€😀", "ext") + "\"subject\":\"é€😀\"," + CORE
                + " , \"data\" :\n[1,\n2]\n, \"z\":\"é\"}\n ");
        assertThat(dataOf(event)).isEqualTo("[1,\n2]");
        assertThat(event.getExtension("z")).isEqualTo("é");
    }

    @Test
    void large_data_is_cut_out_as_well() throws MalformedEventException {
        StringBuilder data = new StringBuilder("[");
        for (int i = 0; i < 50_000; i++) {
            data.append("1.").append(i).append("0, \"é").append(i).append("\",");
        }
        data.append("9".repeat(5_000)).append(']');
        assertThat(dataOf(read("{\"data\":" + data + "," + CORE + "}"))).isEqualTo(data.toString());
    }

    @Test
    void data_without_a_type_is_given_the_implied_one() throws MalformedEventException {
        assertThat(read("{" + CORE + ",\"data\":1}").getDataContentType()).isEqualTo("application/json");
        assertThat(read("{" + CORE + "}").getDataContentType()).isNull();
        assertThat(read("{" + CORE + ",\"data_base64\":\"AQ==\"}").getDataContentType())
                .isNull();
    }

    @Test
    void a_string_of_another_type_is_the_text_itself() throws MalformedEventException {
        assertThat(dataOf(read("{" + CORE + ",\"datacontenttype\":\"text/plain\",\"data\":\"a\\\"é\\u20ac\"}")))
                .isEqualTo("a\"é€");
        assertThat(dataOf(read("{\"data\":\"\",\"datacontenttype\":\"text/plain\"," + CORE + "}")))
                .isEmpty();
    }

    @Test
    void a_string_is_encoded_as_its_type_declares() throws MalformedEventException {
        CloudEvent event = read("{" + CORE + ",\"datacontenttype\":\"text/plain; charset=ISO-8859-1\",\"data\":\"é\"}");
        assertThat(event.getData()).isNotNull();
        assertThat(java.util.Objects.requireNonNull(event.getData()).toBytes()).isEqualTo("é".getBytes(ISO_8859_1));
    }

    @Test
    void base64_data_is_decoded() throws MalformedEventException {
        assertThat(java.util.Objects.requireNonNull(
                                read("{" + CORE + ",\"data_base64\":\"/wAB\"}").getData())
                        .toBytes())
                .containsExactly(0xFF, 0, 1);
    }

    @Test
    void reads_0_3_with_its_own_encoding_of_data() throws MalformedEventException {
        CloudEvent event = read(
                "{" + CORE_03
                        + ",\"schemaurl\":\"x\",\"datacontenttype\":\"application/octet-stream\",\"data\":\"/wAB\",\"datacontentencoding\":\"Base64\"}");

        assertThat(event.getSpecVersion()).isEqualTo(SpecVersion.V03);
        assertThat(event.getDataSchema()).isEqualTo(URI.create("x"));
        assertThat(event.getExtensionNames()).isEmpty();
        assertThat(java.util.Objects.requireNonNull(event.getData()).toBytes()).containsExactly(0xFF, 0, 1);
        assertThat(dataOf(read("{" + CORE_03 + ",\"data\":{\"a\":1.0}}"))).isEqualTo("{\"a\":1.0}");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '^',
            value = {
                "{CORE,\"id\":\"2\"}                                        | \"id\" is there more than once",
                "{CORE,\"x\":1,\"x\":1}                                     | \"x\" is there more than once",
                "{CORE,\"x\":null,\"x\":1}                                  | \"x\" is there more than once",
                "{CORE,\"x\":null,\"x\":null}                               | \"x\" is there more than once",
                "{CORE,\"data\":1,\"data\":1}                               | \"data\" is there more than once",
                "{CORE,\"data_base64\":\"\",\"data_base64\":\"\"}           | \"data_base64\" is there more than once",
                "{CORE,\"data\":1,\"data_base64\":\"\"}                     | both there",
                "{CORE,\"data_base64\":\"*\"}                               | not Base64",
                "{CORE,\"data_base64\":1}                                   | a JSON number, not a JSON string",
                "{CORE,\"data_base64\":null}                                | null, not a JSON string",
                "{CORE,\"myExt\":1}                                         | \"myExt\" has a name that no attribute can have",
                "{CORE,\"my-ext\":1}                                        | \"my-ext\" has a name",
                "{CORE,\"\":1}                                              | \"\" has a name",
                "{CORE,\"x\":1.5}                                           | \"x\" has the value \"1.5\", which is not an integer",
                "{CORE,\"x\":1e2}                                           | \"x\" has the value \"1e2\"",
                "{CORE,\"x\":2147483648}                                    | does not fit into 32 bits",
                "{CORE,\"x\":-2147483649}                                   | does not fit into 32 bits",
                "{CORE,\"x\":99999999999999999999999}                       | does not fit into 32 bits",
                "{CORE,\"x\":{}}                                            | \"x\" is a JSON object",
                "{CORE,\"x\":[1]}                                           | \"x\" is a JSON array",
                "{CORE,\"subject\":5}                                       | \"subject\" has the value \"5\", which is not a JSON string",
                "{CORE,\"time\":true}                                       | \"time\" has the value \"true\"",
                "{CORE,\"dataschema\":1}                                    | \"dataschema\" has the value \"1\"",
                "{CORE,\"subject\":\"\"}                                    | \"subject\" has the value \"\"",
                "{CORE,\"subject\":\"a\\u0000\"}                          | control character",
                "{CORE,\"subject\":\"\\ud800\"}                           | surrogate",
                "{CORE,\"datacontenttype\":\"x\"}                           | not a media type",
                "{CORE,\"datacontenttype\":\"a/b\\u00e9\"}                | not a media type",
                "{CORE,\"datacontenttype\":\"text/xml\",\"data\":{}}        | not a JSON string",
                "{CORE,\"datacontenttype\":\"text/xml;charset=x-no\",\"data\":\"\"} | charset is not known",
                "{CORE,\"datacontenttype\":\"text/xml;charset=us-ascii\",\"data\":1} | not a JSON string",
                "{CORE,\"datacontenttype\":\"text/xml;charset=iso-8859-1\",\"data\":\"€\"} | does not have",
                "{CORE,\"expirytime\":\"never\"}                            | \"expirytime\" has the value \"never\"",
                "{CORE,\"expirytime\":1800000000}                         | \"expirytime\" has the value \"1800000000\"",
                "{CORE,\"expirytime\":true}                               | \"expirytime\" has the value \"true\"",
                "{CORE} x                                                   | not valid JSON",
                "{CORE} {}                                                  | goes on after the end",
                "{CORE                                                      | not valid JSON",
                "{CORE,}                                                    | not valid JSON at line 1, column",
                "{CORE,\"data\":[1,]}                                       | not valid JSON",
                "{CORE,\"data\":01}                                         | not valid JSON",
                "{CORE,\"data\":NaN}                                        | not valid JSON",
                "{CORE,\"data\":'x'}                                        | not valid JSON",
                "{CORE,\"data\":\"\t\"}                                     | not valid JSON",
                "{CORE,/**/\"data\":1}                                      | not valid JSON",
                "[{CORE}]                                                   | a JSON array, not a JSON object",
                "\"x\"                                                      | a JSON string, not a JSON object",
                "null                                                       | null, not a JSON object",
                "^^                                                         | empty, not a JSON object",
                "{}                                                         | \"specversion\" is missing",
                "{\"specversion\":\"1.0\",\"id\":null,\"source\":\"/\",\"type\":\"t\"} | \"id\" is missing",
                "{OLD,\"data_base64\":\"\"}                                 | not part of specversion 0.3",
                "{OLD,\"datacontentencoding\":\"gzip\",\"data\":\"\"}       | \"datacontentencoding\" has the value \"gzip\"",
                "{OLD,\"datacontentencoding\":\"base64\",\"data\":1}        | not a JSON string",
            })
    void refuses_what_breaks_the_format(String json, String rule) {
        String body = json.replace("CORE", CORE).replace("OLD", CORE_03);
        assertThatExceptionOfType(MalformedEventException.class)
                .isThrownBy(() -> read(body))
                .withMessageContaining(rule)
                .satisfies(e -> assertThat(e.remedy()).isNotBlank());
    }

    @Test
    void refuses_nesting_beyond_its_bound() throws MalformedEventException {
        int depth = JsonEvents.DEEPEST - 1;
        read("{" + CORE + ",\"data\":" + "[".repeat(depth) + "]".repeat(depth) + "}");
        assertThatExceptionOfType(MalformedEventException.class)
                .isThrownBy(() -> read("{" + CORE + ",\"data\":" + "[".repeat(100_000)))
                .satisfies(e -> assertThat(e.remedy()).contains("500"));
    }

    @Test
    void refuses_bytes_that_are_not_utf_8() {
        byte[] latin = ("{" + CORE + ",\"subject\":\"é\"}").getBytes(ISO_8859_1);
        byte[] wide = ("{" + CORE + "}").getBytes(UTF_16LE);
        for (byte[] body : new byte[][] {latin, wide}) {
            assertThatExceptionOfType(MalformedEventException.class)
                    .isThrownBy(() -> read(body))
                    .withMessageContaining("not UTF-8");
        }
        assertThatExceptionOfType(MalformedEventException.class)
                .isThrownBy(() -> HttpBinding.read(
                        contentType("application/cloudevents+json; charset=iso-8859-1"), Buffer.buffer("{}")))
                .withMessageContaining("charset is not UTF-8");
    }

    @Test
    void names_that_are_made_to_collide_are_refused_and_not_endured() {
        StringBuilder json = new StringBuilder("{").append(CORE);
        for (int i = 0; i < 100_000; i++) {
            json.append(",\"x").append(Integer.toString(i, 36)).append("\":1");
        }
        try {
            assertThat(read(json.append('}').toString()).getExtensionNames()).hasSize(100_000);
        } catch (MalformedEventException e) {
            assertThat(e.getMessage()).contains("not valid JSON");
        }
    }

    @Test
    void reads_a_batch_in_order() throws MalformedEventException {
        List<CloudEvent> events = readBatch("[{" + CORE + ",\"data\":1.0},\n{"
                + CORE.replace("\"id\":\"1\"", "\"id\":\"2\"") + ",\"data\":{\"a\": 2.0}}]");

        assertThat(events).extracting(CloudEvent::getId).containsExactly("1", "2");
        assertThat(events).extracting(HttpBindingJsonTest::dataOf).containsExactly("1.0", "{\"a\": 2.0}");
        assertThat(events.get(0).getExtensionNames()).isEmpty();
    }

    @Test
    void a_batch_may_be_empty() throws MalformedEventException {
        assertThat(readBatch(" [ ] ")).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "[{CORE},{}]                      | event 2 of the batch: attribute \"specversion\" is missing",
                "[1]                              | event 1 of the batch: it is a JSON number",
                "[{CORE},{OLD}]                   | event 2 of the batch: attribute \"specversion\" has the value \"0.3\"",
                "{CORE}                           | a JSON object, not a JSON array",
                "[{CORE}                          | not valid JSON",
                "[{CORE}] []                      | goes on after the end",
            })
    void refuses_a_batch_with_anything_wrong_in_it(String json, String rule) {
        assertThatExceptionOfType(MalformedEventException.class)
                .isThrownBy(() -> readBatch(json.replace("CORE", CORE).replace("OLD", CORE_03)))
                .withMessageContaining(rule);
    }

    @Test
    void writes_json_data_as_the_bytes_that_it_is() throws MalformedEventException {
        String data = " {\"b\": 1.10,\n\"a\":1e400 } ";
        String json = written(withData("application/json", data.getBytes(UTF_8)));

        assertThat(json).contains("\"data\":" + data + "}");
        assertThat(dataOf(read(json))).isEqualTo(data.strip());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '^',
            value = {
                "application/json           | {\"a\":1}   | \"data\":{\"a\":1}",
                "application/json           | not json    | \"data_base64\":\"bm90IGpzb24=\"",
                "application/json           | 1 2         | \"data_base64\":\"MSAy\"",
                "application/json           | ^^          | \"data_base64\":\"\"",
                "application/x+json;v=1     | \"text\"    | \"data\":\"text\"",
                "text/plain                 | a\"b        | \"data\":\"a\\\"b\"",
                "text/plain;charset=utf-16  | ab          | \"data_base64\":\"YWI=\"",
                "image/svg+xml              | <svg/>      | \"data\":\"<svg/>\"",
                "application/octet-stream   | ab          | \"data_base64\":\"YWI=\"",
                "^^                         | 1           | \"data_base64\":\"MQ==\"",
            })
    void writes_data_as_its_type_declares(String mediaType, String data, String member) throws MalformedEventException {
        CloudEvent event = withData(mediaType.isEmpty() ? null : mediaType, data.getBytes(UTF_8));
        String json = written(event);
        assertThat(json).endsWith("," + member + "}");
        assertThat(read(json)).isEqualTo(event);
    }

    @Test
    void writes_bytes_that_are_no_text_as_base64() throws MalformedEventException {
        CloudEvent event = withData("text/plain", new byte[] {(byte) 0xFF});
        assertThat(written(event)).contains("\"data_base64\":\"/w==\"");
        CloudEvent marked = withData("application/json", new byte[] {(byte) 0xEF, (byte) 0xBB, (byte) 0xBF, '1'});
        assertThat(written(marked)).contains("\"data_base64\":");
        assertThat(read(written(marked))).isEqualTo(marked);
    }

    @Test
    void writes_0_3_with_its_own_encoding_of_data() throws MalformedEventException {
        CloudEvent event = CloudEventBuilder.v03()
                .withId("1")
                .withSource(URI.create("/s"))
                .withType("t")
                .withDataSchema(URI.create("x"))
                .withData("application/octet-stream", new byte[] {1})
                .build();
        String json = written(event);
        assertThat(json)
                .contains("\"specversion\":\"0.3\"")
                .contains("\"schemaurl\":\"x\"")
                .endsWith(",\"datacontentencoding\":\"base64\",\"data\":\"AQ==\"}");
        assertThat(read(json)).isEqualTo(event);
    }

    @Test
    void writes_extensions_with_their_types() {
        CloudEvent event = CloudEventBuilder.v1()
                .withId("1")
                .withSource(URI.create("/s"))
                .withType("t")
                .withExtension("flag", true)
                .withExtension("number", 5)
                .build();
        assertThat(written(event)).contains("\"flag\":true").contains("\"number\":5");
    }
}
