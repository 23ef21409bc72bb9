/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Three services that would be three programs elsewhere: build, deploy and canary. Each takes an event over HTTP and answers
 * with the event of what it did, which Sluice gives to its Broker. Runs as it is: {@code java Steps.java PORT}.
 */
final class Steps {

    private static final Pattern COMMIT = Pattern.compile("\"(?:after|commit)\"\\s*:\\s*\"([0-9a-f]{40})\"");

    public static void main(String[] arguments) throws IOException {
        int port = Integer.parseInt(arguments[0]);
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
        server.createContext("/build", exchange -> step(exchange, "built", "image", "registry.example.com/kettle:"));
        server.createContext("/deploy", exchange -> step(exchange, "deployed", "url", "https://canary.example.com/"));
        server.createContext("/canary", exchange -> step(exchange, "healthy", "checked", "200 OK "));
        server.start();
        System.out.println("the steps listen on port " + server.getAddress().getPort());
    }

    private static void step(HttpExchange exchange, String done, String field, String prefix) throws IOException {
        String event = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        Matcher commit = COMMIT.matcher(event);
        if (!commit.find()) {
            System.out.println(done + ": the event names no commit");
            exchange.sendResponseHeaders(400, -1);
            exchange.close();
            return;
        }
        String sha = commit.group(1);
        System.out.println(done + " " + sha.substring(0, 7) + " because of "
                + exchange.getRequestHeaders().getFirst("ce-type"));
        byte[] data = ("{\"commit\": \"" + sha + "\", \"" + field + "\": \"" + prefix + sha.substring(0, 7) + "\"}")
                .getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("ce-specversion", "1.0");
        exchange.getResponseHeaders().set("ce-type", "com.example." + done);
        exchange.getResponseHeaders().set("ce-source", "/steps/" + done);
        // Made of the event that it answers: should that one come again, the answer is a repetition too.
        String cause = exchange.getRequestHeaders().getFirst("ce-source") + " "
                + exchange.getRequestHeaders().getFirst("ce-id");
        exchange.getResponseHeaders()
                .set("ce-id", UUID.nameUUIDFromBytes(cause.getBytes(StandardCharsets.UTF_8)).toString());
        exchange.getResponseHeaders().set("content-type", "application/json");
        exchange.sendResponseHeaders(200, data.length);
        exchange.getResponseBody().write(data);
        exchange.close();
    }
}
