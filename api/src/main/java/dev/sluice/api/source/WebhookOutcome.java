/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.api.source;

import static java.util.Objects.requireNonNull;

import io.cloudevents.CloudEvent;
import io.vertx.core.buffer.Buffer;
import java.util.Map;

/** What becomes of a request to a webhook. */
public sealed interface WebhookOutcome {

    /** An event for the sink. The answer is 202 once the sink has it, else an error that asks for another attempt. */
    record Emit(CloudEvent event) implements WebhookOutcome {

        public Emit {
            requireNonNull(event, "event");
        }
    }

    /**
     * An answer without an event: a handshake, a ping, something that was not asked for.
     *
     * @param status 200 to 299
     * @param why for logs, in a few words
     */
    record Answer(int status, Map<String, String> headers, Buffer body, String why) implements WebhookOutcome {

        public Answer {
            headers = Map.copyOf(headers);
            requireNonNull(body, "body");
            requireNonNull(why, "why");
        }

        /** 200 with a text. */
        public static Answer text(String text, String why) {
            return new Answer(200, Map.of("content-type", "text/plain; charset=utf-8"), Buffer.buffer(text), why);
        }
    }

    /**
     * No event.
     *
     * @param error what is wrong with the request; neither secrets nor what a signature should have been
     * @param remedy what would be right
     */
    record Refuse(Kind kind, String error, String remedy) implements WebhookOutcome {

        public Refuse {
            requireNonNull(kind, "kind");
            requireNonNull(error, "error");
            requireNonNull(remedy, "remedy");
        }
    }

    /** Why a request is refused; counted by {@link #reason}. */
    enum Kind {
        /** Something that must be there is not, or makes no sense. */
        BAD_REQUEST(400, "BadRequest"),
        /** No or a wrong signature, token or password, or one that is too old. */
        UNAUTHORIZED(401, "Unauthorized"),
        /** Known, and not allowed. */
        FORBIDDEN(403, "Forbidden"),
        /** The answer says that POST is. */
        METHOD_NOT_ALLOWED(405, "MethodNotAllowed"),
        /** A content type that can't be read. */
        UNSUPPORTED_MEDIA_TYPE(415, "UnsupportedMediaType"),
        /** It can be read, and no event can be made of it. */
        UNPROCESSABLE(422, "Unprocessable");

        private final int status;
        private final String reason;

        Kind(int status, String reason) {
            this.status = status;
            this.reason = reason;
        }

        public int status() {
            return status;
        }

        /** A stable CamelCase word for meters and logs. */
        public String reason() {
            return reason;
        }
    }
}
