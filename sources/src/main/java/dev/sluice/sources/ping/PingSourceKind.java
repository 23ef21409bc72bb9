/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.sources.ping;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sluice.api.routing.ResourceName;
import dev.sluice.api.source.SourceDefinition;
import dev.sluice.api.source.SourceKind;
import dev.sluice.api.source.SpecField;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.Json;
import java.time.DateTimeException;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Knative's PingSource: an event whenever a schedule says so. */
public final class PingSourceKind implements SourceKind {

    private static final Pattern MEDIA_TYPE =
            Pattern.compile("[!#-'*+.0-9A-Z^-z|~-]+/[!#-'*+.0-9A-Z^-z|~-]+\\s*(;.*)?");
    private static final String EVERY_MINUTE = "* * * * *";
    private static final String SCHEDULE_REMEDY =
            "write minute, hour, day of month, month and day of week, such as \"*/5 * * * *\", with seconds before them if"
                    + " wanted";

    @Override
    public List<String> apiVersions() {
        return List.of("sources.knative.dev/v1", "sources.knative.dev/v1beta2");
    }

    @Override
    public String kind() {
        return "PingSource";
    }

    @Override
    public String plural() {
        return "pingsources";
    }

    @Override
    public List<String> conditions() {
        return List.of("Deployed", "OIDCIdentityCreated");
    }

    @Override
    public @Nullable SourceDefinition read(ResourceName name, SpecField metadata, SpecField spec) {
        if (!spec.isMapping("schedule", "timezone", "contentType", "data", "dataBase64")) {
            return null;
        }
        ZoneId zone = zone(spec.child("timezone"));
        CronSchedule schedule = schedule(spec.child("schedule"), zone == null ? ZoneOffset.UTC : zone);
        String contentType =
                spec.child("contentType").checked(PingSourceKind::mediaType, "write one such as application/json");
        boolean typed = contentType != null || !spec.child("contentType").isPresent();
        byte[] data = data(spec, contentType);
        if (zone == null || schedule == null || !typed || data == null) {
            return null;
        }
        return new PingDefinition(name, schedule, Optional.ofNullable(contentType), data);
    }

    private static @Nullable ZoneId zone(SpecField field) {
        if (!field.isPresent()) {
            return ZoneOffset.UTC;
        }
        String text = field.checked(PingSourceKind::zone, "write the name of one, such as Europe/Vienna");
        return text == null ? null : text.isEmpty() ? ZoneOffset.UTC : ZoneId.of(text);
    }

    private static void zone(String text) {
        try {
            if (!text.isEmpty()) {
                ZoneId.of(text);
            }
        } catch (DateTimeException e) {
            throw new IllegalArgumentException("is no time zone that is known here", e);
        }
    }

    private static @Nullable CronSchedule schedule(SpecField field, ZoneId zone) {
        if (!field.isPresent()) {
            return CronSchedule.parse(EVERY_MINUTE, zone);
        }
        String text = field.checked(written -> CronSchedule.parse(written, zone), SCHEDULE_REMEDY);
        return text == null ? null : CronSchedule.parse(text, zone);
    }

    private static void mediaType(String text) {
        if (!MEDIA_TYPE.matcher(text).matches()) {
            throw new IllegalArgumentException("is no media type");
        }
    }

    /** Empty for none; null if it is wrong. */
    private static byte @Nullable [] data(SpecField spec, @Nullable String contentType) {
        SpecField plain = spec.child("data");
        SpecField encoded = spec.child("dataBase64");
        String text = plain.text();
        String base64 = encoded.checked(
                written -> Base64.getDecoder().decode(written), "write the data in Base64, or write data instead");
        if ((text == null && plain.isPresent()) || (base64 == null && encoded.isPresent())) {
            return null;
        }
        if (text != null && base64 != null && !text.isEmpty() && !base64.isEmpty()) {
            encoded.error("stands beside data", "write only one of the two");
            return null;
        }
        byte[] data = base64 != null && !base64.isEmpty()
                ? Base64.getDecoder().decode(base64)
                : (text == null ? "" : text).getBytes(UTF_8);
        if (data.length > 0 && contentType != null && contentType.equals("application/json") && !isJson(data)) {
            (base64 != null && !base64.isEmpty() ? encoded : plain)
                    .error("is no JSON, which contentType says it is", "write JSON, or another contentType");
            return null;
        }
        return data;
    }

    private static boolean isJson(byte[] data) {
        try {
            Json.decodeValue(new String(data, UTF_8));
            return true;
        } catch (DecodeException e) {
            return false;
        }
    }
}
