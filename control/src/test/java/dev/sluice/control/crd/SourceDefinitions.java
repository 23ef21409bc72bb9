/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.crd;

import static dev.sluice.control.crd.Schema.bool;
import static dev.sluice.control.crd.Schema.field;
import static dev.sluice.control.crd.Schema.int32;
import static dev.sluice.control.crd.Schema.list;
import static dev.sluice.control.crd.Schema.named;
import static dev.sluice.control.crd.Schema.object;
import static dev.sluice.control.crd.Schema.string;

import dev.sluice.control.crd.Definition.Column;
import dev.sluice.control.crd.Schema.Property;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.StringJoiner;

/**
 * The definitions of the kinds of sources. Another kind is a line in {@link #all} and a method with its spec; what all
 * sources have in common comes by itself.
 */
final class SourceDefinitions {

    static final String KNATIVE = "sources.knative.dev";

    private static final String SLUICE = "sources.sluice.dev";

    private static final Schema SELECTOR = object(
            "Which objects, by their labels.",
            field("matchLabels", Schema.texts("Labels and the values that they must have.")),
            field(
                    "matchExpressions",
                    list(
                            "Conditions that all hold.",
                            object(
                                            "A condition on one label.",
                                            field("key", string("The label.")),
                                            field(
                                                    "operator",
                                                    string("What is asked of it: In, NotIn, Exists or DoesNotExist.")),
                                            field(
                                                    "values",
                                                    list(
                                                            "The values that it may or may not have.",
                                                            string("A value."))))
                                    .required("key", "operator"))));

    private SourceDefinitions() {}

    static List<Definition> all() {
        return List.of(apiServer(), container(), gitHub(), kafka(), ping(), sinkBinding(), webhook());
    }

    private static Definition apiServer() {
        Schema apiVersion = string("The apiVersion, such as v1 or apps/v1.").notEmpty();
        Schema kind = string("The kind, such as ConfigMap.").notEmpty();
        return source(
                KNATIVE,
                List.of("v1"),
                "ApiServerSource",
                List.of("all", "knative", "sources"),
                List.of(
                        "dev.knative.apiserver.resource.add",
                        "dev.knative.apiserver.resource.update",
                        "dev.knative.apiserver.resource.delete",
                        "dev.knative.apiserver.ref.add",
                        "dev.knative.apiserver.ref.update",
                        "dev.knative.apiserver.ref.delete"),
                List.of(Column.SINK, Column.AGE, Column.READY, Column.REASON),
                "An ApiServerSource sends an event whenever an object of a Kubernetes API server changes.",
                spec(
                                field(
                                        "resources",
                                        list(
                                                        "What is watched.",
                                                        object(
                                                                        "A kind of objects.",
                                                                        field("apiVersion", apiVersion),
                                                                        field("kind", kind),
                                                                        field("selector", SELECTOR))
                                                                .required("apiVersion", "kind"))
                                                .notEmpty()),
                                field(
                                        "mode",
                                        string(
                                                        "What the events have: Resource, the object; Reference, only which it is.")
                                                .in("Reference", "Resource")),
                                field(
                                        "owner",
                                        object(
                                                        "The kind of their controller; others are left out.",
                                                        field("apiVersion", apiVersion),
                                                        field("kind", kind))
                                                .required("apiVersion", "kind")),
                                field(
                                        "serviceAccountName",
                                        string(
                                                "The service account that looks, in the namespace of the source. Without it"
                                                        + " Sluice's own.")),
                                field(
                                        "namespaceSelector",
                                        SELECTOR.saying(
                                                "The namespaces that are watched; {} is all. Without it that of the"
                                                        + " source.")),
                                field(
                                        "filters",
                                        list(
                                                "Which events are sent: those that all of these filters match.",
                                                Schema.anyObject("A filter as a Trigger has it."))))
                        .required("resources", "sink"));
    }

    private static Definition container() {
        Schema container = object(
                        "A container as a Pod has it.",
                        field("image", string("The image to run.").notEmpty()))
                .preserving()
                .required("image");
        Schema template = object(
                        "The pods that are run, as a Deployment has them.",
                        field("metadata", Schema.anyObject("Their labels and annotations.")),
                        field(
                                "spec",
                                object(
                                                "What is in them.",
                                                field(
                                                        "containers",
                                                        list(
                                                                        "What runs in a pod. Each learns its sink from"
                                                                                + " K_SINK and K_CE_OVERRIDES.",
                                                                        container)
                                                                .notEmpty()))
                                        .preserving()
                                        .required("containers")))
                .preserving()
                .required("spec");
        return source(
                KNATIVE,
                List.of("v1"),
                "ContainerSource",
                List.of("all", "knative", "sources"),
                List.of(),
                List.of(Column.SINK, Column.AGE, Column.READY, Column.REASON),
                "A ContainerSource runs containers of yours that send events, and tells them where to.",
                spec(field("template", template)).required("template", "sink"));
    }

    private static Definition sinkBinding() {
        Schema subject = object(
                        "What makes the pods that are told the sink: by name, or by labels.",
                        field(
                                "apiVersion",
                                string("The apiVersion, such as apps/v1. Can't be changed afterwards.")
                                        .notEmpty()),
                        field(
                                "kind",
                                string("The kind, such as Deployment, StatefulSet, DaemonSet or CronJob. Can't be"
                                                + " changed afterwards.")
                                        .notEmpty()),
                        field("namespace", string("The namespace, which is that of the SinkBinding.")),
                        field("name", string("The name.").notEmpty()),
                        field("selector", SELECTOR.saying("Which ones, by their labels, in place of a name.")))
                .required("apiVersion", "kind")
                .exactlyOne("name", "selector");
        return source(
                        KNATIVE,
                        List.of("v1"),
                        "SinkBinding",
                        List.of("all", "knative", "sources", "bindings"),
                        List.of(),
                        List.of(Column.SINK, Column.AGE, Column.READY, Column.REASON),
                        "A SinkBinding tells the pods of a workload where to send their events, by the variables K_SINK"
                                + " and K_CE_OVERRIDES.",
                        spec(field("subject", subject)).required("subject", "sink"))
                .labelled("duck.knative.dev/binding", "true");
    }

    private static Definition kafka() {
        Schema secret = object("A value in a Secret.", field("secretKeyRef", SECRET_KEY_REF));
        Schema enable = bool("Whether it is used.");
        return source(
                KNATIVE,
                List.of("v1", "v1beta1"),
                "KafkaSource",
                List.of("all", "knative", "eventing", "sources"),
                List.of("dev.knative.kafka.event"),
                List.of(
                        Column.text("Topics", ".spec.topics"),
                        Column.text("BootstrapServers", ".spec.bootstrapServers"),
                        Column.READY,
                        Column.REASON,
                        Column.AGE),
                "A KafkaSource makes an event of each record of some topics.",
                spec(
                                field(
                                        "bootstrapServers",
                                        list("Where the Kafka is found.", string("An address such as kafka-1:9092."))
                                                .notEmpty()),
                                field(
                                        "topics",
                                        list("The topics to read.", string("A topic."))
                                                .notEmpty()),
                                field("consumerGroup", string("The consumer group; without it one of its own.")),
                                field("consumers", int32("0: it does not read.").atLeast(0)),
                                field(
                                        "initialOffset",
                                        string("Where a new group begins; latest without it.")
                                                .in("latest", "earliest")),
                                field(
                                        "ordering",
                                        string(
                                                        "Whether the events of a partition come one after the other; ordered without"
                                                                + " it.")
                                                .in("ordered", "unordered")),
                                field(
                                        "net",
                                        object(
                                                "How the Kafka lets in.",
                                                field(
                                                        "sasl",
                                                        object(
                                                                "By a password.",
                                                                field("enable", enable),
                                                                field("type", secret.saying("The mechanism.")),
                                                                field("user", secret.saying("The user.")),
                                                                field("password", secret.saying("The password.")))),
                                                field(
                                                        "tls",
                                                        object(
                                                                "Over TLS.",
                                                                field("enable", enable),
                                                                field(
                                                                        "cert",
                                                                        secret.saying("A certificate of its own.")),
                                                                field("key", secret.saying("The key of that.")),
                                                                field(
                                                                        "caCert",
                                                                        secret.saying(
                                                                                "The certificates to trust.")))))),
                                field("delivery", Shapes.DELIVERY))
                        .required("bootstrapServers", "topics", "sink"));
    }

    private static Definition gitHub() {
        Schema secret = object("A secret of the source.", field("secretKeyRef", SECRET_KEY_REF));
        return source(
                KNATIVE,
                List.of("v1alpha1"),
                "GitHubSource",
                List.of("all", "knative", "eventing", "sources"),
                List.of("dev.knative.source.github.push", "dev.knative.source.github.pull_request"),
                List.of(Column.READY, Column.REASON, Column.SINK, Column.AGE),
                "A GitHubSource makes events of what GitHub tells about a repository or an organisation.",
                spec(
                                field(
                                        "ownerAndRepository",
                                        string(
                                                        "The repository as owner/name, or an owner alone for all of an organisation.")
                                                .notEmpty()),
                                field(
                                        "eventTypes",
                                        list(
                                                        "What is told, by GitHub's names of webhook events.",
                                                        string("Such as push or pull_request; * stands for all."))
                                                .notEmpty()),
                                field(
                                        "accessToken",
                                        secret.saying(
                                                "A token for GitHub's API. Without one the webhook is made by hand.")),
                                field(
                                        "secretToken",
                                        secret.saying(
                                                "What GitHub signs with. A value of several lines is several secrets"
                                                        + " that are valid at once.")),
                                field(
                                        "githubAPIURL",
                                        string(
                                                "The API of a GitHub Enterprise, such as https://github.example.com/api/v3/.")),
                                field("secure", bool("Whether the URL of the webhook is to be https.")),
                                field("serviceAccountName", string("Has no effect.")))
                        .required("ownerAndRepository", "eventTypes", "secretToken", "sink"));
    }

    private static Definition ping() {
        return source(
                KNATIVE,
                List.of("v1", "v1beta2"),
                "PingSource",
                List.of("all", "knative", "sources"),
                List.of("dev.knative.sources.ping"),
                List.of(
                        Column.SINK,
                        Column.text("Schedule", ".spec.schedule"),
                        Column.AGE,
                        Column.READY,
                        Column.REASON),
                "A PingSource sends an event whenever a schedule says so.",
                spec(
                                field(
                                        "schedule",
                                        string(
                                                "Minute, hour, day of month, month and day of week, such as */5 * * * *, with"
                                                        + " seconds before them if wanted. Without it every minute.")),
                                field(
                                        "timezone",
                                        string(
                                                "The time zone of the schedule, such as Europe/Vienna; UTC without it.")),
                                field("contentType", string("The media type of the data, such as application/json.")),
                                field("data", string("The data of the events, as text.")),
                                field("dataBase64", string("The data of the events, as Base64, in place of data.")))
                        .required("sink"));
    }

    private static Definition webhook() {
        Schema rule = object(
                "Where the value comes from: exactly one of literal, header, queryParameter and jsonata.",
                field("literal", string("The value itself.")),
                field("header", string("The name of the header that has it.")),
                field("queryParameter", string("The name of the query parameter that has it.")),
                field("jsonata", string("A JSONata expression on the body.")),
                field("prefix", string("Put before what was found.")),
                field("default", string("Taken where nothing was found.")));
        Schema encoding = string("How it is written.").in("hex", "base64", "base64url");
        Schema hmac = object(
                        "For the recipe hmac: the sender's own scheme.",
                        field(
                                "header",
                                string("The header that has the signature.").notEmpty()),
                        field(
                                "algorithm",
                                string("The hash; sha256 without it.").in("sha1", "sha256", "sha384", "sha512")),
                        field("encoding", encoding.saying("How the signature is written; hex without it.")),
                        field("prefix", string("What stands before the signature, such as sha256=.")),
                        field(
                                "signed",
                                string(
                                        "What is signed, with {body}, {header:NAME} and the like in it; the body without it.")),
                        field("timestampHeader", string("The header with the time at which it was signed.")),
                        field(
                                "secretEncoding",
                                string("How the secret is written; text without it.")
                                        .in("text", "hex", "base64", "base64url")))
                .required("header");
        Schema verification = object(
                        "How a sender proves who it is.",
                        field(
                                "recipe",
                                string(
                                                "The way of a service, or one of hmac, basic, bearer and token; none takes requests"
                                                        + " from anybody.")
                                        .in(
                                                "github",
                                                "gitlab",
                                                "bitbucket",
                                                "stripe",
                                                "slack",
                                                "shopify",
                                                "twilio",
                                                "standard-webhooks",
                                                "hmac",
                                                "basic",
                                                "bearer",
                                                "token",
                                                "none")),
                        field(
                                "secrets",
                                list(
                                        "Each of them is valid.",
                                        object("A secret.", field("secretKeyRef", SECRET_KEY_REF))
                                                .required("secretKeyRef"))),
                        field(
                                "tolerance",
                                string("How old a signed time may be, as an ISO-8601 duration from PT1S to P1D; PT5M"
                                        + " without it.")),
                        field("username", string("For the recipe basic: the user whose passwords the secrets are.")),
                        field("header", string("For the recipe token: the header that has the token.")),
                        field("hmac", hmac))
                .required("recipe");
        return source(
                SLUICE,
                List.of("v1alpha1"),
                "WebhookSource",
                List.of("all", "knative", "sources"),
                List.of(),
                List.of(
                        Column.SINK,
                        Column.text("Recipe", ".spec.verification.recipe"),
                        Column.AGE,
                        Column.READY,
                        Column.REASON),
                "A WebhookSource makes an event of any HTTP request whose sender proves who it is.",
                spec(
                                field(
                                        "publicUrl",
                                        string(
                                                "The URL at which the sender reaches this source, where that is part of what"
                                                        + " it signs.")),
                                field("verification", verification),
                                field(
                                        "event",
                                        object(
                                                "Where the attributes of the events come from. What is missing is as the"
                                                        + " recipe has it.",
                                                field("type", rule.saying("The attribute type.")),
                                                field("source", rule.saying("The attribute source.")),
                                                field("subject", rule.saying("The attribute subject.")),
                                                field("id", rule.saying("The attribute id.")),
                                                field("time", rule.saying("The attribute time.")),
                                                field("extensions", named("Extensions by their names.", rule)))))
                        .required("verification", "sink"));
    }

    // -----------------------------------------------------------------------------------------------------------------

    /** A key of a Secret. */
    static final Schema SECRET_KEY_REF = object(
                    "A key of a Secret in the namespace of the source.",
                    field("name", string("The name of the Secret.").notEmpty()),
                    field("key", string("The key in its data.").notEmpty()),
                    field("optional", bool("Has no effect: the Secret has to be there.")))
            .required("name", "key");

    private static final Property[] COMMON = {
        field("sink", Shapes.DESTINATION.saying("Where the events go.")),
        field(
                "ceOverrides",
                object(
                        "What every event gets, whatever it has itself.",
                        field("extensions", Schema.texts("Extensions and their values."))))
    };

    private static final Schema STATUS = Shapes.STATUS.and(
            field("sinkUri", string("Where its events are sent to.")),
            field("sinkCACerts", string("The certificates to trust there.")),
            field("sinkAudience", string("The OIDC audience there.")),
            field(
                    "ceAttributes",
                    list(
                            "The kinds of events that it sends, as far as that is known beforehand.",
                            object(
                                    "A kind of events.",
                                    field("type", string("Their attribute type.")),
                                    field("source", string("Their attribute source."))))));

    /** A spec with what all sources have. */
    static Schema spec(Property... own) {
        return object("What is wanted of the source.", own).and(COMMON);
    }

    /**
     * A kind of source.
     *
     * @param events types of its events, as Knative's registry has them
     * @param spec made by {@link #spec}
     */
    static Definition source(
            String group,
            List<String> versions,
            String kind,
            List<String> categories,
            List<String> events,
            List<Column> columns,
            String description,
            Schema spec) {
        Map<String, String> labels = new LinkedHashMap<>();
        labels.put("duck.knative.dev/source", "true");
        labels.put("eventing.knative.dev/source", "true");
        StringJoiner types = new StringJoiner(", ", "[", "]");
        events.forEach(type -> types.add("{\"type\": \"" + type + "\"}"));
        return new Definition(
                group,
                versions,
                kind,
                kind.toLowerCase(Locale.ROOT) + "s",
                categories,
                labels,
                events.isEmpty() ? Map.of() : Map.of("registry.knative.dev/eventTypes", types.toString()),
                columns,
                Shapes.resource(description, spec, STATUS).required("spec"));
    }
}
