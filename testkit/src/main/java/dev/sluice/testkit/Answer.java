/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.testkit;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.cloudevents.CloudEvent;
import io.vertx.core.buffer.Buffer;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/**
 * How a {@link RecordingSubscriber} answers one request. Immutable; each {@code with…} and {@code after} answers a
 * changed copy.
 *
 * @param delay the wait before anything of the answer is sent
 * @param pause between the pieces of a body that drips
 */
public record Answer(
        Manner manner, int status, Map<String, String> headers, Buffer body, Duration delay, Duration pause) {

    /** What becomes of the response on the wire. */
    enum Manner {
        WHOLE,
        NEVER,
        DRIP,
        PIECES,
        ENDLESS,
        RESET,
        CLOSE,
        RESET_MIDWAY,
        CLOSE_MIDWAY,
        RAW
    }

    public Answer {
        headers = Map.copyOf(headers);
    }

    /** A response with this status and no body. */
    public static Answer status(int status) {
        return new Answer(Manner.WHOLE, status, Map.of(), Buffer.buffer(), Duration.ZERO, Duration.ZERO);
    }

    /** 200, which is what a subscriber answers that nobody told otherwise. */
    public static Answer ok() {
        return status(200);
    }

    /** 200 with this event in binary content mode. */
    public static Answer reply(CloudEvent event) {
        return ok().withEvent(event);
    }

    /** A redirect to this address. */
    public static Answer redirect(int status, String location) {
        return status(status).withHeader("location", location);
    }

    /** Takes the request and never answers; the connection stays open until the peer or the test ends it. */
    public static Answer never() {
        return ok().in(Manner.NEVER);
    }

    /** Resets the connection (RST) in place of a response. */
    public static Answer reset() {
        return ok().in(Manner.RESET);
    }

    /** Closes the connection (FIN) in place of a response. */
    public static Answer close() {
        return ok().in(Manner.CLOSE);
    }

    /** Promises a body of 1000 bytes, sends 10 and resets the connection (RST). */
    public static Answer resetMidway() {
        return ok().in(Manner.RESET_MIDWAY);
    }

    /** Promises a body of 1000 bytes, sends 10 and closes the connection (FIN). */
    public static Answer closeMidway() {
        return ok().in(Manner.CLOSE_MIDWAY);
    }

    /** A body that goes on for as long as the peer reads. */
    public static Answer endless(int status) {
        return status(status).in(Manner.ENDLESS);
    }

    /** These characters in place of a response, then the connection is closed. HTTP/1.1 only. */
    public static Answer raw(String bytes) {
        return ok().withBody(Buffer.buffer(bytes.getBytes(US_ASCII))).in(Manner.RAW);
    }

    public Answer withHeader(String name, String value) {
        Map<String, String> more = new LinkedHashMap<>(headers);
        more.put(name.toLowerCase(Locale.ROOT), value);
        return new Answer(manner, status, more, body, delay, pause);
    }

    public Answer withBody(Buffer bytes) {
        return new Answer(manner, status, headers, bytes, delay, pause);
    }

    public Answer withBody(String contentType, String text) {
        return withHeader("content-type", contentType).withBody(Buffer.buffer(text));
    }

    /** The event in binary content mode, on top of what the answer has. */
    public Answer withEvent(CloudEvent event) {
        Answer answer = this;
        WireForm form = WireForm.of(event);
        answer = answer.withHeader("ce-specversion", form.specVersion());
        for (Map.Entry<String, String> attribute : form.attributes().entrySet()) {
            answer = attribute.getKey().equals("datacontenttype")
                    ? answer.withHeader("content-type", attribute.getValue())
                    : answer.withHeader("ce-" + attribute.getKey(), encode(attribute.getValue()));
        }
        return answer.withBody(form.data());
    }

    /** The same answer, so much later. */
    public Answer after(Duration wait) {
        return new Answer(manner, status, headers, body, wait, pause);
    }

    /** The same answer, its body sent one byte at a time with a pause after each. */
    public Answer dripping(Duration pauseAfterEachByte) {
        return new Answer(Manner.DRIP, status, headers, body, delay, pauseAfterEachByte);
    }

    /** The same answer, its body sent in chunks, so that its length is not known before its end (RFC 9112 7.1). */
    public Answer inPieces() {
        return in(Manner.PIECES);
    }

    private Answer in(Manner other) {
        return new Answer(other, status, headers, body, delay, pause);
    }

    private static String encode(String value) {
        StringBuilder encoded = new StringBuilder(value.length() + 16);
        for (byte b : value.getBytes(UTF_8)) {
            if (b <= 0x20 || b == '"' || b == '%' || b == 0x7f) {
                encoded.append('%');
                encoded.append(Character.toUpperCase(Character.forDigit((b >> 4) & 0xf, 16)));
                encoded.append(Character.toUpperCase(Character.forDigit(b & 0xf, 16)));
            } else {
                encoded.append((char) b);
            }
        }
        return encoded.toString();
    }
}
