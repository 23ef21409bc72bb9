/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.sources.github;

import dev.sluice.api.routing.ResourceName;
import dev.sluice.api.source.SecretRef;
import dev.sluice.api.source.SourceDefinition;
import dev.sluice.api.source.SourceKind;
import dev.sluice.api.source.SpecField;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Knative's GitHubSource: the webhooks of a repository or an organisation on GitHub. */
public final class GitHubSourceKind implements SourceKind {

    /** Takes {@code sha256}, the default, or {@code sha1}, which takes the older signature too. */
    static final String SIGNATURE = "sluice.dev/github-signature";

    static final String WEBHOOK_CONFIGURED = "WebhookConfigured";

    private static final String DEFAULT_API = "https://api.github.com/";

    @Override
    public List<String> apiVersions() {
        return List.of("sources.knative.dev/v1alpha1");
    }

    @Override
    public String kind() {
        return "GitHubSource";
    }

    @Override
    public String plural() {
        return "githubsources";
    }

    @Override
    public List<String> conditions() {
        return List.of(WEBHOOK_CONFIGURED);
    }

    @Override
    public Set<String> annotations() {
        return Set.of(SIGNATURE);
    }

    @Override
    public @Nullable SourceDefinition read(ResourceName name, SpecField metadata, SpecField spec) {
        if (!spec.isMapping(
                "ownerAndRepository",
                "eventTypes",
                "accessToken",
                "secretToken",
                "githubAPIURL",
                "secure",
                "serviceAccountName")) {
            return null;
        }
        String repository = spec.child("ownerAndRepository")
                .requiredText("write the repository as owner/name, or the owner alone for all of an organisation");
        boolean good = repository != null
                && spec.child("ownerAndRepository")
                                .checked(
                                        GitHubSourceKind::repository,
                                        "write owner/name, or the owner alone for all of an organisation")
                        != null;
        Set<String> events = events(spec.child("eventTypes"));
        SecretRef secret = secret(spec.child("secretToken"), true);
        SecretRef token = secret(spec.child("accessToken"), false);
        URI api = api(spec.child("githubAPIURL"));
        Boolean secure = spec.child("secure").bool();
        String unused = spec.child("serviceAccountName").text();
        if (unused != null && !unused.isEmpty()) {
            spec.child("serviceAccountName").warning("has no effect", "remove it");
        }
        String signature = metadata.child("annotations").child(SIGNATURE).oneOf(List.of("sha256", "sha1"));
        if (!good || repository == null || events == null || secret == null || api == null) {
            return null;
        }
        return new GitHubDefinition(
                repository,
                events,
                secret,
                Optional.ofNullable(token),
                api,
                Optional.ofNullable(secure),
                "sha1".equals(signature));
    }

    private static void repository(String text) {
        String[] parts = text.split("/", -1);
        if (parts.length > 2) {
            throw new IllegalArgumentException("has more than one slash");
        }
        for (String part : parts) {
            if (part.isEmpty() || !part.chars().allMatch(GitHubSourceKind::isNameCharacter)) {
                throw new IllegalArgumentException("is no name of a repository on GitHub");
            }
        }
    }

    private static boolean isNameCharacter(int c) {
        return c < 0x80 && (Character.isLetterOrDigit(c) || c == '-' || c == '_' || c == '.');
    }

    private static @Nullable Set<String> events(SpecField field) {
        List<? extends SpecField> elements = field.elements();
        if (elements == null || elements.isEmpty()) {
            if (elements != null || !field.isPresent()) {
                field.missing("write the events to be sent, such as - push; - \"*\" stands for all");
            }
            return null;
        }
        List<String> events = new ArrayList<>();
        for (SpecField element : elements) {
            String event = element.checked(
                    GitHubSourceKind::event, "write the name of an event as GitHub does, such as pull_request");
            if (event == null) {
                return null;
            }
            if (!event.equals(GitHubDefinition.ALL_EVENTS) && !GitHubEvents.isKnown(event)) {
                // GitHub has new ones every year; none of them needs a new Sluice.
                element.warning(
                        "is no event that is known here",
                        GitHubEvents.nearest(event)
                                .map(known -> "did you mean " + known + "? It is waited for as it is")
                                .orElse("check the name; it is waited for as it is"));
            }
            events.add(event);
        }
        return Set.copyOf(events);
    }

    private static void event(String text) {
        if (!text.equals(GitHubDefinition.ALL_EVENTS)
                && (text.isEmpty() || !text.chars().allMatch(GitHubSourceKind::isEventCharacter))) {
            throw new IllegalArgumentException("is no name of an event");
        }
    }

    private static boolean isEventCharacter(int c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
    }

    private static @Nullable SecretRef secret(SpecField field, boolean required) {
        if (!field.isPresent()) {
            if (required) {
                field.missing("write secretKeyRef with the name and key of the Secret that GitHub signs with");
            }
            return null;
        }
        if (!field.isMapping("secretKeyRef")) {
            return null;
        }
        if (!field.child("secretKeyRef").isPresent()) {
            field.child("secretKeyRef").missing("write the name and the key of a Secret");
            return null;
        }
        return field.child("secretKeyRef").secretKeyRef();
    }

    private static @Nullable URI api(SpecField field) {
        if (!field.isPresent()) {
            return URI.create(DEFAULT_API);
        }
        String text = field.checked(
                GitHubSourceKind::apiUrl, "write one such as https://github.example.com/api/v3/, without a password");
        return text == null ? null : URI.create(text.endsWith("/") ? text : text + "/");
    }

    private static void apiUrl(String text) {
        URI uri;
        try {
            uri = new URI(text);
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException("is not a URI", e);
        }
        boolean http = "http".equalsIgnoreCase(uri.getScheme()) || "https".equalsIgnoreCase(uri.getScheme());
        if (!http || uri.getHost() == null || uri.getRawUserInfo() != null || uri.getRawQuery() != null) {
            throw new IllegalArgumentException("is not an http or https URL of an API");
        }
    }
}
