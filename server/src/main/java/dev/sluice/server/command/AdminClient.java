/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.server.command;

import com.fasterxml.jackson.core.JsonProcessingException;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** The admin API of a running process, for the commands that talk to it: where it is, and the token that opens it. */
final class AdminClient {

    static final String ADMIN_URL = "http://localhost:9090";

    private final String base;
    private final Optional<String> token;

    private AdminClient(String base, Optional<String> token) {
        this.base = base;
        this.token = token;
    }

    /** Adds the options that say where the process is. */
    static void describe(CommandSpec spec) {
        spec.addOption(Words.text("--admin-url", "URL", "The admin address of the process. Default: " + ADMIN_URL));
        spec.addOption(Words.text("--admin-token-file", "FILE", "A file with the token that guards it."));
    }

    /** What the options say, and where they don't the environment. */
    static AdminClient of(ParseResult arguments, Console console) throws CommandFailure {
        String variable = console.environment().getOrDefault("SLUICE_ADMIN_URL", ADMIN_URL);
        String url = Http.url("--admin-url", arguments.matchedOptionValue("--admin-url", variable), ADMIN_URL)
                .toString();
        return new AdminClient(url.endsWith("/") ? url : url + "/", token(arguments, console));
    }

    private static Optional<String> token(ParseResult arguments, Console console) throws CommandFailure {
        String file = arguments.matchedOptionValue(
                "--admin-token-file", console.environment().getOrDefault("SLUICE_ADMIN_TOKEN_FILE", ""));
        if (file.isEmpty()) {
            return Optional.empty();
        }
        try {
            return Optional.of(Files.readString(Path.of(file)).strip());
        } catch (IOException | IllegalArgumentException e) {
            throw CommandFailure.usage("--admin-token-file=" + file + " can't be read");
        }
    }

    /** @param path below {@code /api/v1/}, encoded where that is needed */
    HttpRequest.Builder request(String path) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(base + "api/v1/" + path));
        token.ifPresent(value -> request.header("Authorization", "Bearer " + value));
        return request;
    }

    /**
     * Sends a request and reads the JSON in the answer.
     *
     * @throws CommandFailure if there is no answer, or one that is no JSON
     */
    Answer send(HttpRequest.Builder request) throws CommandFailure {
        HttpResponse<String> response = Http.send(request, "does sluice serve run there? See --admin-url");
        try {
            return new Answer(response, JsonTree.read(response.body()));
        } catch (JsonProcessingException e) {
            throw CommandFailure.failed(response.uri() + " answered " + response.statusCode()
                    + " and no JSON; is --admin-url the admin address of Sluice?");
        }
    }

    static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    /** @param tree the body, as {@link JsonTree} reads it */
    record Answer(HttpResponse<String> response, @Nullable Object tree) {

        int statusCode() {
            return response.statusCode();
        }

        /**
         * The body of a 200.
         *
         * @throws CommandFailure that says what any other answer says
         */
        @Nullable
        Object ok() throws CommandFailure {
            if (statusCode() != 200) {
                throw CommandFailure.failed(refusal());
            }
            return tree;
        }

        /** What is wrong and what would be right, as the process says it. */
        String refusal() {
            String error = JsonTree.text(tree, "error");
            String remedy = JsonTree.text(tree, "remedy");
            String said = remedy.isEmpty() ? error : error + "; " + remedy;
            return said.isEmpty() ? response.uri() + " answered " + statusCode() : Visible.of(said);
        }
    }
}
