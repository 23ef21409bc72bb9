/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.cloudevents.CloudEvent;
import io.cloudevents.SpecVersion;
import io.cloudevents.core.builder.CloudEventBuilder;
import java.net.URI;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;

/**
 * The one catalogue of CloudEvents for tests. Each entry is there for something that a codec, a channel or a filter could
 * get wrong; {@link #all()} and {@link #named()} hold them all, for {@code @ParameterizedTest}.
 */
public final class Events {

    public static final URI SOURCE = URI.create("/sluice/testkit");
    public static final String TYPE = "dev.sluice.test";
    public static final OffsetDateTime TIME = OffsetDateTime.of(2026, 2, 28, 23, 59, 58, 123_456_789, ZoneOffset.UTC);

    private static final String NON_ASCII = "Z\u00fcrich \u20ac 100% \"\u65e5\u672c\" \ud83d\ude80";
    private static final byte[] JSON =
            "{\"price\": 1.10, \"name\":\"\u00fc\u20ac\", \"nested\":{\"a\":[1,2,null,true]}}".getBytes(UTF_8);

    /** The required attributes and nothing else; no data. */
    public static final CloudEvent MINIMAL = CloudEventBuilder.v1()
            .withId("minimal")
            .withSource(SOURCE)
            .withType(TYPE)
            .build();

    /** As {@link #MINIMAL}, in specversion 0.3. */
    public static final CloudEvent MINIMAL_V03 = CloudEventBuilder.v03()
            .withId("minimal-v03")
            .withSource(SOURCE)
            .withType(TYPE)
            .build();

    /** Every attribute that specversion 1.0 knows, with JSON data whose bytes a parser would not give back. */
    public static final CloudEvent EVERY_ATTRIBUTE = CloudEventBuilder.v1()
            .withId("every-attribute")
            .withSource(URI.create("https://sluice.dev/testkit?a=1&b=2#fragment"))
            .withType("dev.sluice.test.every-attribute")
            .withSubject("orders/4711")
            .withTime(TIME)
            .withDataSchema(URI.create("https://sluice.dev/schemas/order.json"))
            .withData("application/json", JSON)
            .build();

    /** Every attribute that specversion 0.3 knows. */
    public static final CloudEvent EVERY_ATTRIBUTE_V03 = CloudEventBuilder.v03()
            .withId("every-attribute-v03")
            .withSource(URI.create("https://sluice.dev/testkit"))
            .withType("dev.sluice.test.every-attribute")
            .withSubject("orders/4711")
            .withTime(TIME)
            .withSchemaUrl(URI.create("https://sluice.dev/schemas/order.json"))
            .withExtension("partitionkey", "customer-1")
            .withData("application/json", JSON)
            .build();

    /** An extension of every type of CloudEvents' type system, with values at the edges. */
    public static final CloudEvent EVERY_EXTENSION_TYPE = CloudEventBuilder.v1()
            .withId("every-extension-type")
            .withSource(SOURCE)
            .withType(TYPE)
            .withExtension("astring", "a b")
            .withExtension("aninteger", 42)
            .withExtension("themaximum", Integer.MAX_VALUE)
            .withExtension("theminimum", Integer.MIN_VALUE)
            .withExtension("aboolean", true)
            .withExtension("another", false)
            .withExtension("abinary", new byte[] {0, 1, (byte) 0xfe, (byte) 0xff})
            .withExtension("auri", URI.create("https://sluice.dev/a?b=c#d"))
            .withExtension("aurireference", URI.create("../relative"))
            .withExtension("atimestamp", TIME)
            .withExtension("a1", "digits in the name")
            .withExtension("averylongextensionname", "names may be longer than twenty characters")
            .withData("text/plain", "extensions".getBytes(UTF_8))
            .build();

    /** Characters that must be percent-coded in HTTP headers: spaces, quotes, percent signs, beyond ASCII and the BMP. */
    public static final CloudEvent NON_ASCII_ATTRIBUTES = CloudEventBuilder.v1()
            .withId("id " + NON_ASCII)
            .withSource(URI.create("urn:z%C3%BCrich:\u65e5"))
            .withType("dev.sluice.\u00fc")
            .withSubject(NON_ASCII)
            .withExtension("note", NON_ASCII)
            .withExtension("percent", "100%25 %zz %")
            .withData("text/plain; charset=utf-8", NON_ASCII.getBytes(UTF_8))
            .build();

    /** A content type with parameters and odd letter case, on data that is neither text nor JSON. */
    public static final CloudEvent BINARY_DATA = CloudEventBuilder.v1()
            .withId("binary-data")
            .withSource(SOURCE)
            .withType(TYPE)
            .withData("application/Octet-Stream; a=\"b;c\"", everyByte())
            .build();

    /** Binary data in specversion 0.3, which marks it by {@code datacontentencoding} in the JSON format. */
    public static final CloudEvent BINARY_DATA_V03 = CloudEventBuilder.v03()
            .withId("binary-data-v03")
            .withSource(SOURCE)
            .withType(TYPE)
            .withData("application/octet-stream", everyByte())
            .build();

    /** Data of no bytes, with a content type. */
    public static final CloudEvent EMPTY_DATA = CloudEventBuilder.v1()
            .withId("empty-data")
            .withSource(SOURCE)
            .withType(TYPE)
            .withData("text/plain", new byte[0])
            .build();

    /** Data without a content type. */
    public static final CloudEvent UNTYPED_DATA = CloudEventBuilder.v1()
            .withId("untyped-data")
            .withSource(SOURCE)
            .withType(TYPE)
            .withData("{\"a\" : 1}".getBytes(UTF_8))
            .build();

    /** JSON that is a bare string, which is easily quoted once too often or too rarely. */
    public static final CloudEvent JSON_STRING_DATA = CloudEventBuilder.v1()
            .withId("json-string-data")
            .withSource(SOURCE)
            .withType(TYPE)
            .withData("application/json", "\"a \\\"quoted\\\" \\u00fc\"".getBytes(UTF_8))
            .build();

    /** JSON under a media type with the suffix {@code +json}. */
    public static final CloudEvent JSON_SUFFIX_DATA = CloudEventBuilder.v1()
            .withId("json-suffix-data")
            .withSource(SOURCE)
            .withType(TYPE)
            .withData("application/vnd.sluice+json", JSON)
            .build();

    /** XML, which the JSON event format carries as a string. */
    public static final CloudEvent XML_DATA = CloudEventBuilder.v1()
            .withId("xml-data")
            .withSource(SOURCE)
            .withType(TYPE)
            .withData("application/xml", "<?xml version=\"1.0\"?>\n<a b=\"c\">\u00fc</a>".getBytes(UTF_8))
            .build();

    /** 200 KiB of pseudo-random bytes: many reads of a socket, and still below the default limit of an event's size. */
    public static final CloudEvent LARGE_DATA = CloudEventBuilder.v1()
            .withId("large-data")
            .withSource(SOURCE)
            .withType(TYPE)
            .withData("application/octet-stream", bytes(200 * 1024, 4711))
            .build();

    private static final List<CloudEvent> ALL = List.of(
            MINIMAL,
            MINIMAL_V03,
            EVERY_ATTRIBUTE,
            EVERY_ATTRIBUTE_V03,
            EVERY_EXTENSION_TYPE,
            NON_ASCII_ATTRIBUTES,
            BINARY_DATA,
            BINARY_DATA_V03,
            EMPTY_DATA,
            UNTYPED_DATA,
            JSON_STRING_DATA,
            JSON_SUFFIX_DATA,
            XML_DATA,
            LARGE_DATA);

    private Events() {}

    /** The whole catalogue. No two entries have the same id. */
    public static List<CloudEvent> all() {
        return ALL;
    }

    /** The whole catalogue for {@code @MethodSource("dev.sluice.testkit.Events#named")}: shown by its entries' ids. */
    public static Stream<Named<CloudEvent>> named() {
        return ALL.stream().map(event -> Named.of(event.getId(), event));
    }

    /** A small event with this id and JSON data that holds it. */
    public static CloudEvent withId(String id) {
        return of(id, TYPE);
    }

    /** A small event with this id and type, and JSON data that holds the id. */
    public static CloudEvent of(String id, String type) {
        return CloudEventBuilder.v1()
                .withId(id)
                .withSource(SOURCE)
                .withType(type)
                .withData("application/json", ("{\"id\":\"" + id + "\"}").getBytes(UTF_8))
                .build();
    }

    /** An event with this id and as many bytes of data. */
    public static CloudEvent ofSize(String id, int dataBytes) {
        return CloudEventBuilder.v1()
                .withId(id)
                .withSource(SOURCE)
                .withType(TYPE)
                .withData("application/octet-stream", bytes(dataBytes, id.hashCode()))
                .build();
    }

    /** As many small events, with the ids {@code prefix-0}, {@code prefix-1}, … */
    public static List<CloudEvent> numbered(String prefix, int count) {
        return Stream.iterate(0, i -> i + 1)
                .limit(count)
                .map(i -> withId(prefix + "-" + i))
                .toList();
    }

    /** Says whether the event is in specversion 0.3. */
    public static boolean isV03(CloudEvent event) {
        return event.getSpecVersion() == SpecVersion.V03;
    }

    /** Pseudo-random bytes, the same for the same seed. */
    public static byte[] bytes(int count, long seed) {
        byte[] bytes = new byte[count];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    private static byte[] everyByte() {
        byte[] bytes = new byte[256];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) i;
        }
        return bytes;
    }
}
