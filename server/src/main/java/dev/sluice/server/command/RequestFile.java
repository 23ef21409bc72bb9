/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.server.command;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.sluice.api.source.WebhookRequest;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;

/**
 * An HTTP request in a file, as it goes over the wire: request line, headers, an empty line, body. Line ends may be those
 * of Unix. Where a {@code content-length} says how long the body is, what an editor put behind it is left out.
 */
final class RequestFile {

    private RequestFile() {}

    static WebhookRequest read(Path file, Instant arrival) throws CommandFailure {
        try {
            return parse(Files.readAllBytes(file), arrival);
        } catch (IOException e) {
            throw CommandFailure.usage("--request=" + file + " can't be read");
        } catch (IllegalArgumentException e) {
            throw CommandFailure.usage("--request=" + file + " " + e.getMessage()
                    + "; write an HTTP request: POST /namespace/name, then headers, an empty line, and the body");
        }
    }

    static WebhookRequest parse(byte[] bytes, Instant arrival) {
        int[] at = {0};
        String[] first = line(bytes, at).split(" ");
        if (first.length < 2 || !first[1].startsWith("/")) {
            throw new IllegalArgumentException("does not begin with the line of a request");
        }
        MultiMap headers = MultiMap.caseInsensitiveMultiMap();
        for (String line = line(bytes, at); !line.isEmpty(); line = line(bytes, at)) {
            int colon = line.indexOf(':');
            if (colon <= 0) {
                throw new IllegalArgumentException("has a line among its headers that is none: \"" + line + "\"");
            }
            headers.add(
                    line.substring(0, colon).strip(), line.substring(colon + 1).strip());
        }
        byte[] body = Arrays.copyOfRange(bytes, at[0], bytes.length);
        String length = headers.get("content-length");
        if (length != null && length.matches("[0-9]{1,9}") && Integer.parseInt(length) < body.length) {
            body = Arrays.copyOf(body, Integer.parseInt(length));
        }
        return new WebhookRequest(first[0], first[1], headers, query(first[1]), Buffer.buffer(body), arrival);
    }

    /** The line at a place, which is then behind its end; empty at the end of the file. */
    private static String line(byte[] bytes, int[] at) {
        int end = at[0];
        while (end < bytes.length && bytes[end] != '\n') {
            end++;
        }
        String line = new String(bytes, at[0], end - at[0], ISO_8859_1);
        at[0] = Math.min(bytes.length, end + 1);
        return line.endsWith("\r") ? line.substring(0, line.length() - 1) : line;
    }

    private static MultiMap query(String target) {
        MultiMap query = MultiMap.caseInsensitiveMultiMap();
        int mark = target.indexOf('?');
        if (mark < 0) {
            return query;
        }
        for (String pair : target.substring(mark + 1).split("&")) {
            int equals = pair.indexOf('=');
            String name = equals < 0 ? pair : pair.substring(0, equals);
            if (!name.isEmpty()) {
                query.add(decoded(name), decoded(equals < 0 ? "" : pair.substring(equals + 1)));
            }
        }
        return query;
    }

    private static String decoded(String text) {
        return URLDecoder.decode(text, StandardCharsets.UTF_8);
    }
}
