/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.server.command;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.sluice.api.http.ContentMode;
import dev.sluice.api.http.HttpBinding;
import io.cloudevents.CloudEvent;
import io.cloudevents.core.builder.CloudEventBuilder;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** {@code sluice send}: POSTs one event and prints the answer. */
public final class SendCommand implements Command {

    private static final String JSON = "application/json";

    @Override
    public String name() {
        return "send";
    }

    @Override
    public String summary() {
        return "Sends one event and shows the answer.";
    }

    @Override
    public void describe(CommandSpec spec) {
        spec.addOption(Words.requiredText(
                "--to", "URL", "Where to: the URL of a Broker or of anything that takes CloudEvents."));
        spec.addOption(Words.requiredText("--type", "TYPE", "What happened."));
        spec.addOption(Words.requiredText("--source", "SOURCE", "Where it happened, a URI reference."));
        spec.addOption(Words.text("--id", "ID", "Default: a random UUID."));
        spec.addOption(Words.text("--subject", "SUBJECT", "What it happened to."));
        spec.addOption(Words.text(
                "--data", "JSON|@FILE|-", "The data: as it stands here, from a file, or from standard input."));
        spec.addOption(Words.text("--datacontenttype", "TYPE", "The media type of the data. Default: " + JSON));
        spec.addOption(Words.texts("--extension", "NAME=VALUE", "An extension attribute. May be given several times."));
        spec.addOption(Words.text("--mode", "binary|structured", "The content mode. Default: binary"));
    }

    @Override
    public int run(ParseResult arguments, Console console) throws CommandFailure {
        URI to = Http.url("--to", value(arguments, "--to").orElseThrow(), "http://localhost:8080/default/default");
        ContentMode mode = mode(arguments);
        CloudEvent event = event(arguments, console);

        MultiMap headers = MultiMap.caseInsensitiveMultiMap();
        Buffer body = HttpBinding.write(event, mode, headers);
        HttpRequest.Builder request =
                HttpRequest.newBuilder(to).POST(HttpRequest.BodyPublishers.ofByteArray(body.getBytes()));
        for (Map.Entry<String, String> header : headers) {
            if (!header.getKey().equalsIgnoreCase("content-length")) {
                request.header(header.getKey(), header.getValue());
            }
        }
        return show(Http.send(request, "does something listen there?"), console);
    }

    private static int show(HttpResponse<String> response, Console console) {
        console.out().println((response.statusCode() + " " + StatusText.of(response.statusCode())).strip());
        response.headers()
                .firstValue("retry-after")
                .ifPresent(value -> console.out().println("Retry-After: " + value));
        if (!response.body().isEmpty()) {
            response.body().stripTrailing().lines().map(Visible::of).forEach(console.out()::println);
        }
        return response.statusCode() / 100 == 2 ? ExitStatus.OK : ExitStatus.FAILED;
    }

    private static ContentMode mode(ParseResult arguments) throws CommandFailure {
        String mode = value(arguments, "--mode").orElse("binary");
        return switch (mode) {
            case "binary" -> ContentMode.BINARY;
            case "structured" -> ContentMode.STRUCTURED;
            default -> throw CommandFailure.usage("--mode=" + mode + " is none of binary, structured");
        };
    }

    private static CloudEvent event(ParseResult arguments, Console console) throws CommandFailure {
        List<String> problems = new ArrayList<>();
        CloudEventBuilder event = CloudEventBuilder.v1();
        event.withId(notEmpty(
                "--id",
                value(arguments, "--id").orElseGet(() -> UUID.randomUUID().toString()),
                problems));
        event.withType(notEmpty("--type", value(arguments, "--type").orElseThrow(), problems));
        source(notEmpty("--source", value(arguments, "--source").orElseThrow(), problems), problems)
                .ifPresent(event::withSource);
        value(arguments, "--subject").ifPresent(subject -> event.withSubject(notEmpty("--subject", subject, problems)));
        extensions(arguments, event, problems);
        data(arguments, event, console, problems);
        if (!problems.isEmpty()) {
            throw CommandFailure.usage(problems);
        }
        return event.build();
    }

    private static void extensions(ParseResult arguments, CloudEventBuilder event, List<String> problems) {
        for (String extension : arguments.matchedOptionValue("--extension", new String[0])) {
            int equals = extension.indexOf('=');
            String name = equals < 0 ? extension : extension.substring(0, equals);
            if (equals < 0) {
                problems.add("--extension=" + extension + " has no value; write NAME=VALUE");
            } else if (!isAttributeName(name)) {
                problems.add(
                        "--extension=" + extension + " has a name that is not made of lower-case letters and digits");
            } else {
                try {
                    event.withExtension(name, extension.substring(equals + 1));
                } catch (RuntimeException e) {
                    // The SDK refuses the names of context attributes.
                    problems.add("--extension=" + extension + " can't be set: " + e.getMessage());
                }
            }
        }
    }

    private static void data(ParseResult arguments, CloudEventBuilder event, Console console, List<String> problems) {
        Optional<String> type = value(arguments, "--datacontenttype");
        Optional<String> data = value(arguments, "--data");
        if (data.isEmpty()) {
            type.ifPresent(event::withDataContentType);
            return;
        }
        try {
            byte[] bytes = bytes(data.get(), console);
            if (type.isEmpty() && !isJson(bytes)) {
                problems.add("--data is not JSON; say what it is, such as --datacontenttype text/plain");
            }
            event.withData(type.orElse(JSON), bytes);
        } catch (NoSuchFileException e) {
            problems.add("--data=" + data.get() + ": there is no such file");
        } catch (IOException | InvalidPathException e) {
            problems.add("--data=" + data.get() + " can't be read: " + e.getMessage());
        }
    }

    private static byte[] bytes(String data, Console console) throws IOException {
        if (data.equals("-")) {
            return console.in().readAllBytes();
        }
        return data.startsWith("@")
                ? Files.readAllBytes(Path.of(data.substring(1)))
                : data.getBytes(StandardCharsets.UTF_8);
    }

    private static boolean isJson(byte[] bytes) {
        try {
            JsonTree.read(new String(bytes, StandardCharsets.UTF_8));
            return true;
        } catch (JsonProcessingException e) {
            return false;
        }
    }

    private static Optional<URI> source(String text, List<String> problems) {
        try {
            return Optional.of(new URI(text));
        } catch (URISyntaxException e) {
            problems.add("--source=" + text + " is not a URI reference; write one such as /shop or urn:shop:1");
            return Optional.empty();
        }
    }

    private static String notEmpty(String flag, String value, List<String> problems) {
        if (value.isEmpty()) {
            problems.add(flag + " is empty");
        }
        return value;
    }

    private static boolean isAttributeName(String name) {
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9')) {
                return false;
            }
        }
        return !name.isEmpty();
    }

    private static Optional<String> value(ParseResult arguments, String flag) {
        return Optional.ofNullable(arguments.matchedOptionValue(flag, null));
    }
}
