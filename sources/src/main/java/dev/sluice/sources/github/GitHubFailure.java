/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.sources.github;

/** Why GitHub did not do what it was asked for. The message is for people, and says no secrets. */
final class GitHubFailure extends Exception {

    private static final long serialVersionUID = 1L;

    /** What kind of failure, from which follows whether to wait or to have something mended. */
    enum Kind {
        /** No answer, a broken one, or 5xx. */
        UNAVAILABLE,
        /** Too many requests in the time. */
        LIMITED,
        UNAUTHORIZED,
        FORBIDDEN,
        /** Also what the token may not see. */
        NOT_FOUND,
        /** The repository has another name now. */
        MOVED,
        /** Of that URL there is a webhook, which GitHub's list need not show yet. */
        EXISTS,
        INVALID,
        UNEXPECTED,
        /** Nobody waits for the outcome any more. */
        CLOSED
    }

    private final Kind kind;
    private final long waitMillis;

    private GitHubFailure(Kind kind, String message, long waitMillis) {
        super(message, null, false, false);
        this.kind = kind;
        this.waitMillis = waitMillis;
    }

    static GitHubFailure of(Kind kind, String message) {
        return new GitHubFailure(kind, message, 0);
    }

    /** @param waitMillis as long as GitHub wants to be left alone */
    static GitHubFailure limited(String message, long waitMillis) {
        return new GitHubFailure(Kind.LIMITED, message, waitMillis);
    }

    /** Whatever a request failed with; a fault of our own stays to be seen as one. */
    static GitHubFailure of(Throwable cause) {
        return cause instanceof GitHubFailure known
                ? known
                : of(Kind.UNEXPECTED, cause.getClass().getSimpleName() + ": " + cause.getMessage());
    }

    Kind kind() {
        return kind;
    }

    /** In milliseconds, 0 or more: no request before that. */
    long waitMillis() {
        return waitMillis;
    }

    /** Whether it passes by itself. */
    boolean passes() {
        return kind == Kind.UNAVAILABLE || kind == Kind.LIMITED || kind == Kind.EXISTS;
    }

    /** What people have to do. */
    String remedy(GitHubDefinition definition) {
        String permission = definition.isOrganisation()
                ? "admin:org_hook, or \"Webhooks: write\" of the organisation if it is fine-grained"
                : "admin:repo_hook, or \"Webhooks: write\" of the repository if it is fine-grained";
        return switch (kind) {
            case UNAVAILABLE, LIMITED, EXISTS, CLOSED -> "it is tried again";
            case UNAUTHORIZED -> "put a token that is valid into the Secret that spec.accessToken names";
            case FORBIDDEN -> "give the token of spec.accessToken the permission " + permission;
            case NOT_FOUND ->
                "correct spec.ownerAndRepository, or give the token of spec.accessToken the permission " + permission;
            case MOVED -> "write its present name into spec.ownerAndRepository";
            case INVALID -> "correct what GitHub names";
            case UNEXPECTED -> "see whether spec.githubAPIURL is the URL of GitHub's REST API";
        };
    }
}
