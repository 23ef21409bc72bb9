/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher.send;

/** The closed list of the ways in which an attempt can fail, and whether trying again can help (Knative's data plane spec). */
public enum FailureKind {
    /** No connection could be made. */
    NO_CONNECTION("no-connection", true),
    /** A connection was made and TLS could not be agreed on, such as for a certificate that nobody vouches for. */
    TLS("tls", true),
    /** The whole answer was not there when the delivery's timeout was over. */
    TIMEOUT("timeout", true),
    /** The connection ended, or spoke no HTTP, before the whole answer was there. */
    BROKEN_RESPONSE("broken-response", true),
    /** The address is one that no event may be sent to. */
    DESTINATION_REFUSED("destination-refused", false),
    /** The destination is no HTTP URL, or the event can't be written as a request. */
    UNSENDABLE("unsendable", false),
    /** A final response with a status below 200. */
    INFORMATIONAL("informational", false),
    /** 3xx: redirects are not followed. */
    REDIRECT("redirect", false),
    /** 4xx but for those that are {@link #UNAVAILABLE}. */
    REJECTED("rejected", false),
    /** 404, 408, 409, 429 and 5xx. */
    UNAVAILABLE("unavailable", true),
    /** 2xx that claims to hold a CloudEvent and does not, or not within the limit of size. */
    MALFORMED_REPLY("malformed-reply", true),
    /** 2xx with a body that makes no claim to be a CloudEvent, where the trigger asks for nothing else. */
    NO_REPLY_EVENT("no-reply-event", true),
    /** The reply has been through brokers as often as an event may. */
    REPLY_LOOP("reply-loop", false),
    /** 2xx with a reply that was not read in time, since other replies had taken all of {@code --reply-memory}. */
    NO_ROOM_FOR_REPLY("no-room-for-reply", true),
    /** The channel can never take a reply of this size. */
    REPLY_TOO_LARGE("reply-too-large", false),
    /** The event's {@code expirytime} had passed. */
    EXPIRED("expired", false);

    private final String label;
    private final boolean retried;

    FailureKind(String label, boolean retried) {
        this.label = label;
        this.retried = retried;
    }

    /** The value of the meter tag {@code outcome}. */
    public String label() {
        return label;
    }

    /** Whether the delivery's {@code retry} applies. */
    public boolean retried() {
        return retried;
    }

    /** The kind of failure that a final status other than 2xx is. */
    public static FailureKind ofStatus(int status) {
        if (status < 200) {
            return INFORMATIONAL;
        }
        if (status < 300) {
            throw new IllegalArgumentException("status " + status + " is no failure");
        }
        if (status < 400) {
            return REDIRECT;
        }
        return switch (status) {
            case 404, 408, 409, 429 -> UNAVAILABLE;
            default -> status < 500 ? REJECTED : UNAVAILABLE;
        };
    }
}
