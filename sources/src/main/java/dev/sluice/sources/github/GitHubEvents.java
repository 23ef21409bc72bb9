/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.sources.github;

import static java.util.Map.entry;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;

/**
 * What becomes the subject and the extensions of the event, for each of GitHub's events, as Knative's GitHubSource has it.
 * Events that are not in the table are those of the future: they have no subject, and the extensions that GitHub gives all.
 */
final class GitHubEvents {

    /** What an event that is not in the table gets. */
    static final EventMapping OTHERS = new EventMapping(Subject.NONE, standard(true));

    private static final Map<String, EventMapping> BY_EVENT = Map.ofEntries(
            entry("check_run", of(Subject.at("check_run", "id"), standard(true))),
            entry("check_suite", of(Subject.at("check_suite", "id"), standard(true))),
            entry("commit_comment", of(Subject.lastSegment("comment", "html_url"), standard(true))),
            entry("create", of(Subject.at("ref_type"), standard(false, field("ref", "ref")))),
            entry("delete", of(Subject.at("ref_type"), standard(false, field("ref", "ref")))),
            entry("deployment", of(Subject.at("deployment", "id"), standard(false))),
            entry("deployment_status", of(Subject.at("deployment", "id"), standard(false))),
            entry("fork", of(Subject.at("forkee", "id"), standard(false))),
            entry("gollum", of(Subject.PAGES, standard(false))),
            entry("installation", of(Subject.at("installation", "id"), ofInstallation())),
            entry("integration_installation", of(Subject.at("installation", "id"), ofInstallation())),
            entry("installation_repositories", of(Subject.at("installation", "id"), ofInstallation())),
            entry("integration_installation_repositories", of(Subject.at("installation", "id"), ofInstallation())),
            entry("issue_comment", of(Subject.lastSegment("comment", "html_url"), standard(true))),
            entry("issues", of(Subject.at("issue", "number"), standard(true, label(), assignee()))),
            entry("label", of(Subject.at("label", "name"), standard(true, label()))),
            entry("member", of(Subject.at("member", "id"), standard(true))),
            entry("membership", of(Subject.at("member", "id"), ofOrganization(field("scope", "scope")))),
            entry("milestone", of(Subject.at("milestone", "number"), standard(true))),
            entry("organization", of(Subject.at("action"), ofOrganization())),
            entry("org_block", of(Subject.at("action"), ofOrganization())),
            entry("page_build", of(Subject.at("id"), standard(false))),
            entry("ping", of(Subject.at("hook_id"), standard(true))),
            entry("project", of(Subject.at("action"), standard(true))),
            entry("project_card", of(Subject.at("action"), standard(true))),
            entry("project_column", of(Subject.at("action"), standard(true))),
            entry("public", of(Subject.at("repository", "id"), standard(false))),
            entry(
                    "pull_request",
                    of(
                            Subject.at("number"),
                            standard(true, installation(), field("number", "number"), label(), assignee()))),
            entry(
                    "pull_request_review",
                    of(Subject.at("review", "id"), standard(true, installation(), field("review", "review", "state")))),
            entry("pull_request_review_comment", of(Subject.at("comment", "id"), standard(true, installation()))),
            entry(
                    "push",
                    of(
                            Subject.lastSegment("compare"),
                            standard(
                                    false,
                                    installation(),
                                    field("pusher", "pusher", "name"),
                                    field("ref", "ref"),
                                    field("created", "created"),
                                    field("deleted", "deleted"),
                                    field("forced", "forced")))),
            entry(
                    "release",
                    of(
                            Subject.at("release", "tag_name"),
                            standard(true, installation(), field("release", "release", "name")))),
            entry("repository", of(Subject.at("repository", "id"), standard(true))),
            entry("repository_vulnerability_alert", of(Subject.at("alert", "id"), List.of(action()))),
            entry("security_advisory", of(Subject.at("security_advisory", "ghsa_id"), List.of(action()))),
            entry(
                    "status",
                    of(
                            Subject.at("sha"),
                            standard(
                                    false,
                                    field("state", "state"),
                                    field("name", "name"),
                                    field("context", "context")))),
            entry("team", of(Subject.at("team", "id"), List.of(sender(), action()))),
            entry("team_add", of(Subject.at("repository", "id"), standard(false))),
            entry("watch", of(Subject.at("repository", "id"), standard(true))));

    private GitHubEvents() {}

    static EventMapping mapping(String event) {
        return BY_EVENT.getOrDefault(event, OTHERS);
    }

    static boolean isKnown(String event) {
        return BY_EVENT.containsKey(event);
    }

    /** The known event whose name differs least, if it does not differ by much. */
    static Optional<String> nearest(String event) {
        String best = "";
        int least = 3;
        for (String known : new TreeSet<>(BY_EVENT.keySet())) {
            int distance = distance(event, known);
            if (distance < least) {
                least = distance;
                best = known;
            }
        }
        return best.isEmpty() ? Optional.empty() : Optional.of(best);
    }

    /** How many letters have to be added, taken away or changed. */
    private static int distance(String one, String other) {
        int[] before = new int[other.length() + 1];
        for (int j = 0; j <= other.length(); j++) {
            before[j] = j;
        }
        for (int i = 1; i <= one.length(); i++) {
            int[] now = new int[other.length() + 1];
            now[0] = i;
            for (int j = 1; j <= other.length(); j++) {
                int change = before[j - 1] + (one.charAt(i - 1) == other.charAt(j - 1) ? 0 : 1);
                now[j] = Math.min(change, 1 + Math.min(before[j], now[j - 1]));
            }
            before = now;
        }
        return before[other.length()];
    }

    private static EventMapping of(Subject subject, List<EventMapping.Field> extensions) {
        return new EventMapping(subject, extensions);
    }

    /** The repository with its owner, who did it, what was done, and what else there is. */
    private static List<EventMapping.Field> standard(boolean withAction, EventMapping.Field... more) {
        List<EventMapping.Field> fields = new ArrayList<>();
        fields.add(field("owner", "repository", "owner", "login"));
        fields.add(field("repository", "repository", "name"));
        fields.add(sender());
        if (withAction) {
            fields.add(action());
        }
        fields.addAll(List.of(more));
        return List.copyOf(fields);
    }

    private static List<EventMapping.Field> ofOrganization(EventMapping.Field... more) {
        List<EventMapping.Field> fields = new ArrayList<>();
        fields.add(field("owner", "organization", "login"));
        fields.add(sender());
        fields.add(action());
        fields.addAll(List.of(more));
        return List.copyOf(fields);
    }

    private static List<EventMapping.Field> ofInstallation() {
        return List.of(installation(), sender(), action());
    }

    private static EventMapping.Field field(String extension, String... path) {
        return new EventMapping.Field(extension, List.of(path));
    }

    private static EventMapping.Field sender() {
        return field("sender", "sender", "login");
    }

    private static EventMapping.Field action() {
        return field("action", "action");
    }

    private static EventMapping.Field installation() {
        return field("installation", "installation", "id");
    }

    private static EventMapping.Field label() {
        return field("label", "label", "name");
    }

    private static EventMapping.Field assignee() {
        return field("assignee", "assignee", "login");
    }
}
