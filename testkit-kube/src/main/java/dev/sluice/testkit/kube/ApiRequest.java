/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.testkit.kube;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * A request of a service account that the API server has answered; a watch counts when it begins.
 *
 * @param account the name of the service account, without its namespace
 * @param verb as roles have it, such as {@code patch}
 * @param resource with its subresource, such as {@code triggers/status}; of what is no resource the path, such as
 *     {@code /apis}
 * @param namespace empty for all of them
 * @param name empty where all are asked for, or where the API server had to choose one
 * @param code the HTTP status
 */
public record ApiRequest(String account, String verb, String resource, String namespace, String name, int code) {

    private static final String ACCOUNTS = "system:serviceaccount:";
    private static final Set<String> WRITING = Set.of("create", "update", "patch", "delete", "deletecollection");
    private static final ObjectMapper JSON = new ObjectMapper();

    /** Whether it would have changed something, had it been allowed. */
    public boolean isWrite() {
        return WRITING.contains(verb);
    }

    public boolean isRefused() {
        return code == 401 || code == 403;
    }

    /** @param log as the API server writes it: an event of {@code audit.k8s.io/v1} in each line, the last maybe half */
    static List<ApiRequest> readAll(Path log) {
        List<ApiRequest> requests = new ArrayList<>();
        try {
            if (!Files.exists(log)) {
                return requests; // It is written with the first request.
            }
            String text = Files.readString(log);
            text.substring(0, text.lastIndexOf('\n') + 1).lines().forEach(line -> read(line, requests));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return requests;
    }

    private static void read(String line, List<ApiRequest> into) {
        JsonNode event;
        try {
            event = JSON.readTree(line);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("no event of an audit log: " + line, e);
        }
        String user = event.at("/user/username").asText();
        String verb = event.path("verb").asText();
        // A watch is told twice: when it is answered, and when it ends.
        String counts = verb.equals("watch") ? "ResponseStarted" : "ResponseComplete";
        if (!user.startsWith(ACCOUNTS) || !event.path("stage").asText().equals(counts)) {
            return;
        }
        JsonNode object = event.path("objectRef");
        String subresource = object.path("subresource").asText();
        String resource = object.isMissingNode()
                ? event.path("requestURI").asText().replaceFirst("\\?.*", "")
                : object.path("resource").asText() + (subresource.isEmpty() ? "" : "/" + subresource);
        into.add(new ApiRequest(
                user.substring(user.lastIndexOf(':') + 1),
                verb,
                resource,
                object.path("namespace").asText(),
                object.path("name").asText(),
                event.at("/responseStatus/code").asInt()));
    }
}
