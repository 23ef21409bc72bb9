/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.server.command;

import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.channels.UnresolvedAddressException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;

/** One request and its answer, for commands that end after it. */
final class Http {

    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(10);

    /** Longer than the server's own time-outs, so that its answer is seen rather than ours. */
    private static final Duration TIMEOUT = Duration.ofSeconds(90);

    private Http() {}

    /** @throws CommandFailure if there is no answer; says where, why, and what may help */
    static HttpResponse<String> send(HttpRequest.Builder request, String advice) throws CommandFailure {
        HttpRequest built = request.timeout(TIMEOUT).build();
        String url = built.uri().toString();
        try {
            return HttpClient.newBuilder()
                    // HTTP/2 would cost a second exchange to find out that it is spoken.
                    .version(HttpClient.Version.HTTP_1_1)
                    .connectTimeout(CONNECT_TIMEOUT)
                    .build()
                    .send(built, HttpResponse.BodyHandlers.ofString(StandardCharsets.UTF_8));
        } catch (ConnectException e) {
            boolean unknown = e.getCause() instanceof UnresolvedAddressException
                    || (e.getCause() != null && e.getCause().getCause() instanceof UnresolvedAddressException);
            throw CommandFailure.failed(url + ": "
                    + (unknown ? "there is no host " + built.uri().getHost() : "connection refused; " + advice));
        } catch (HttpTimeoutException e) {
            throw CommandFailure.failed(url + ": no answer in time");
        } catch (IOException e) {
            throw CommandFailure.failed(url + ": " + (e.getMessage() == null ? e.toString() : e.getMessage()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw CommandFailure.failed(url + ": interrupted");
        }
    }

    /**
     * Reads the value of an option that takes a URL.
     *
     * @param example of such a value
     */
    static URI url(String flag, String text, String example) throws CommandFailure {
        try {
            URI uri = new URI(text.strip());
            String scheme = uri.getScheme() == null ? "" : uri.getScheme().toLowerCase(Locale.ROOT);
            if (("http".equals(scheme) || "https".equals(scheme)) && uri.getHost() != null) {
                return uri;
            }
        } catch (URISyntaxException e) {
            // The rule below says it.
        }
        throw CommandFailure.usage(
                flag + "=" + text + " is not an absolute http or https URL; write one such as " + example);
    }
}
