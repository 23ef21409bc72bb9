/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.source.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sluice.api.routing.ResourceName;
import dev.sluice.api.source.SecretRef;
import dev.sluice.api.source.SourceDefinition;
import dev.sluice.api.source.SourceKind;
import dev.sluice.api.source.SpecField;
import dev.sluice.kafka.BootstrapServers;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Knative's KafkaSource: an event of every record of some topics. */
public final class KafkaSourceKind implements SourceKind {

    /** Knative's name for the members of the group, and whether they read. */
    static final String CONSUMER_GROUP = "ConsumerGroup";

    private static final String KEY_TYPE_LABEL = "kafkasources.sources.knative.dev/key-type";
    private static final String GROUP_PREFIX = "knative-kafka-source-";

    private static final Pattern TOPIC = Pattern.compile("[a-zA-Z0-9._-]{1,249}");
    private static final String SERVERS_REMEDY = "write host:port, as in kafka-1:9092";

    @Override
    public List<String> apiVersions() {
        return List.of("sources.knative.dev/v1", "sources.knative.dev/v1beta1");
    }

    @Override
    public String kind() {
        return "KafkaSource";
    }

    @Override
    public String plural() {
        return "kafkasources";
    }

    @Override
    public List<String> conditions() {
        return List.of(CONSUMER_GROUP);
    }

    @Override
    public boolean hasDelivery() {
        return true;
    }

    @Override
    public @Nullable SourceDefinition read(ResourceName name, SpecField metadata, SpecField spec) {
        if (!spec.isMapping(
                "bootstrapServers", "topics", "consumerGroup", "consumers", "initialOffset", "ordering", "net")) {
            return null;
        }
        Set<String> servers = texts(
                spec.child("bootstrapServers"),
                KafkaSourceKind::servers,
                SERVERS_REMEDY,
                "write the addresses by which the Kafka is found, such as kafka-1:9092");
        Set<String> topics = texts(
                spec.child("topics"),
                KafkaSourceKind::topic,
                "write letters, digits, dots, underscores and hyphens, 249 at most",
                "write the names of the topics to read");
        String group = group(name, metadata, spec.child("consumerGroup"));
        String offset = choice(spec.child("initialOffset"), List.of("latest", "earliest"));
        String ordering = choice(spec.child("ordering"), List.of("ordered", "unordered"));
        String keyType = choice(metadata.child("labels").child(KEY_TYPE_LABEL), KeyType.names());
        Integer consumers = consumers(spec.child("consumers"));
        Access access = access(spec.child("net"));
        KeyType type = keyType == null ? null : KeyType.of(keyType);
        if (servers == null
                || topics == null
                || group == null
                || offset == null
                || ordering == null
                || type == null
                || consumers == null
                || access == null) {
            return null;
        }
        return new KafkaSourceDefinition(
                name,
                // In one order, so that the same servers are the same.
                BootstrapServers.checked("bootstrapServers", String.join(",", servers)),
                List.copyOf(new TreeSet<>(topics)),
                group,
                offset.equals("earliest"),
                ordering.equals("ordered"),
                type,
                consumers > 0,
                access);
    }

    private static void servers(String text) {
        try {
            var unused = BootstrapServers.checked("", text);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("is no address", e);
        }
    }

    private static void topic(String text) {
        if (!TOPIC.matcher(text).matches() || text.equals(".") || text.equals("..")) {
            throw new IllegalArgumentException("is no name of a topic");
        }
    }

    /** Null if one is wrong, or there is none. */
    private static @Nullable Set<String> texts(
            SpecField field, Consumer<String> check, String remedy, String remedyIfMissing) {
        if (!field.isPresent()) {
            field.missing(remedyIfMissing);
            return null;
        }
        List<? extends SpecField> elements = field.elements();
        if (elements == null) {
            return null;
        }
        if (elements.isEmpty()) {
            field.missing(remedyIfMissing);
            return null;
        }
        Set<String> texts = new LinkedHashSet<>();
        boolean right = true;
        for (SpecField element : elements) {
            String text = element.requiredText(remedy) == null ? null : element.checked(check, remedy);
            right &= text != null;
            if (text != null) {
                texts.add(text);
            }
        }
        return right ? texts : null;
    }

    /** The first of the values if none is written; null if another is. */
    private static @Nullable String choice(SpecField field, List<String> values) {
        return field.isPresent() ? field.oneOf(values) : values.get(0);
    }

    private static @Nullable String group(ResourceName name, SpecField metadata, SpecField field) {
        if (field.isPresent()) {
            return field.requiredText("write the name of a consumer group, or leave it out");
        }
        // Knative's webhook draws a number once and writes it into the resource. What identifies the resource does as
        // well
        // and has to be kept nowhere: in a cluster its UID. In a folder everybody who reads it has to come to the same.
        String uid = metadata.child("uid").text();
        return GROUP_PREFIX
                + (uid == null || uid.isEmpty()
                        ? UUID.nameUUIDFromBytes(name.toString().getBytes(UTF_8))
                                .toString()
                        : uid);
    }

    private static @Nullable Integer consumers(SpecField field) {
        if (!field.isPresent()) {
            return 1;
        }
        Integer count = field.count();
        if (count != null && count > 1) {
            field.warning(
                    "asks for more consumers than one, and each process reads with one",
                    "run more processes with --role=sources where one is not enough");
        }
        return count;
    }

    private static @Nullable Access access(SpecField net) {
        if (!net.isPresent()) {
            return Access.OPEN;
        }
        if (!net.isMapping("sasl", "tls")) {
            return null;
        }
        SpecField sasl = net.child("sasl");
        SpecField tls = net.child("tls");
        if ((sasl.isPresent() && !sasl.isMapping("enable", "type", "user", "password"))
                || (tls.isPresent() && !tls.isMapping("enable", "cert", "key", "caCert"))) {
            return null;
        }
        Boolean withPassword = enabled(sasl);
        Boolean overTls = enabled(tls);
        Optional<SecretRef> mechanism = secret(sasl.child("type"));
        Optional<SecretRef> user = secret(sasl.child("user"));
        Optional<SecretRef> password = secret(sasl.child("password"));
        Optional<SecretRef> authority = secret(tls.child("caCert"));
        Optional<SecretRef> certificate = secret(tls.child("cert"));
        Optional<SecretRef> key = secret(tls.child("key"));
        if (withPassword == null
                || overTls == null
                || lacksAPassword(withPassword, sasl)
                || isWrong(sasl.child("type"), mechanism)
                || isWrong(sasl.child("user"), user)
                || isWrong(sasl.child("password"), password)
                || isWrong(tls.child("caCert"), authority)
                || isWrong(tls.child("cert"), certificate)
                || isWrong(tls.child("key"), key)) {
            return null;
        }
        if (overTls && certificate.isPresent() != key.isPresent()) {
            tls.child(certificate.isPresent() ? "key" : "cert")
                    .missing("write a secretKeyRef; a client certificate and its key go together");
            return null;
        }
        return new Access(withPassword, mechanism, user, password, overTls, authority, certificate, key);
    }

    /** Null if it is wrong. */
    private static @Nullable Boolean enabled(SpecField field) {
        SpecField enable = field.child("enable");
        return enable.isPresent() ? enable.bool() : Boolean.FALSE;
    }

    /** Looks at both, so that all that is missing is said. */
    private static boolean lacksAPassword(boolean wanted, SpecField sasl) {
        boolean user = !wanted || isThere(sasl.child("user"));
        boolean password = !wanted || isThere(sasl.child("password"));
        return !user || !password;
    }

    private static boolean isThere(SpecField field) {
        if (!field.isPresent()) {
            field.missing("write a secretKeyRef, or take enable: true out");
        }
        return field.isPresent();
    }

    private static Optional<SecretRef> secret(SpecField field) {
        if (!field.isPresent() || !field.isMapping("secretKeyRef")) {
            return Optional.empty();
        }
        SpecField ref = field.child("secretKeyRef");
        if (!ref.isPresent()) {
            ref.missing("write the name of a Secret and the key in it");
            return Optional.empty();
        }
        return Optional.ofNullable(ref.secretKeyRef());
    }

    private static boolean isWrong(SpecField field, Optional<SecretRef> read) {
        return field.isPresent() && read.isEmpty();
    }
}
