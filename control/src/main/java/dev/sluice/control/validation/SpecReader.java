/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.validation;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sluice.control.filter.FilterCompiler;
import dev.sluice.control.filter.FilterProblem;
import dev.sluice.control.resource.BrokerSpec;
import dev.sluice.control.resource.DeliverySpec;
import dev.sluice.control.resource.DestinationSpec;
import dev.sluice.control.resource.FilterDialect;
import dev.sluice.control.resource.IsoDuration;
import dev.sluice.control.resource.KReference;
import dev.sluice.control.resource.TriggerFilter;
import dev.sluice.control.resource.TriggerSpec;
import dev.sluice.control.text.Credentials;
import dev.sluice.control.text.Quoted;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads and checks the specs, field by field, as Knative's webhook would. */
final class SpecReader {

    private static final List<String> REFERENCE = List.of("apiVersion", "kind", "name", "namespace", "address");
    private static final List<String> DIALECTS = List.of("exact", "prefix", "suffix", "all", "any", "not", "cesql");
    private static final String ZERO_OR_MORE = "write an ISO-8601 duration from PT0S to P365D, such as PT0.2S";

    private final String namespace;

    SpecReader(String namespace) {
        this.namespace = namespace;
    }

    BrokerSpec broker(Field field) {
        BrokerSpec spec = new BrokerSpec();
        if (field.isMapping(List.of("config", "delivery"))) {
            spec.setConfig(reference(field.child("config")));
            spec.setDelivery(delivery(field.child("delivery")));
        }
        return spec;
    }

    /** @param document the document, from which the pointers of filter problems count */
    TriggerSpec trigger(Field field, Field document) {
        TriggerSpec spec = new TriggerSpec();
        if (!field.isPresent()) {
            field.missing("write spec with broker and subscriber in it");
        }
        if (!field.isMapping(List.of("broker", "brokerRef", "filter", "filters", "subscriber", "delivery"))) {
            return spec;
        }
        brokerOf(field, spec);
        filtersOf(field, spec, document);
        if (field.child("subscriber").isPresent()) {
            spec.setSubscriber(destination(field.child("subscriber")));
        } else {
            field.child("subscriber").missing("write subscriber with a uri or a ref in it");
        }
        spec.setDelivery(delivery(field.child("delivery")));
        return spec;
    }

    private void brokerOf(Field field, TriggerSpec spec) {
        Field broker = field.child("broker");
        Field brokerRef = field.child("brokerRef");
        String name = broker.text();
        boolean named = name != null && !name.isEmpty();
        if (named && brokerRef.isPresent()) {
            brokerRef.report(Severity.ERROR, "", "stands beside spec.broker", "write only one of the two");
        } else if (!broker.isPresent() && !brokerRef.isPresent()) {
            broker.missing("write the name of the Broker, such as default");
        } else if (name != null && name.isEmpty() && !brokerRef.isPresent()) {
            broker.error("is empty", "write the name of the Broker, such as default");
        }
        if (name != null && named) {
            spec.setBroker(broker.subdomain(name));
        }
        if (brokerRef.isPresent()) {
            KReference reference = reference(brokerRef);
            spec.setBrokerRef(reference);
            if (reference != null && reference.getKind() != null && !"Broker".equals(reference.getKind())) {
                brokerRef.child("kind").error("is not Broker", "write Broker");
            }
            if (reference != null && reference.getNamespace() != null && !namespace.equals(reference.getNamespace())) {
                brokerRef
                        .child("namespace")
                        .error(
                                "is another namespace than the Trigger's",
                                "remove it; a Trigger has its Broker in its own namespace");
            }
        }
    }

    private void filtersOf(Field field, TriggerSpec spec, Field document) {
        boolean readable = true;
        Field filter = field.child("filter");
        if (filter.isMapping(List.of("attributes"))) {
            TriggerFilter attributes = new TriggerFilter();
            attributes.setAttributes(filter.child("attributes").texts());
            spec.setFilter(attributes);
        }
        List<Field> elements = field.child("filters").elements();
        if (elements != null) {
            List<FilterDialect> filters = new ArrayList<>(elements.size());
            for (Field element : elements) {
                FilterDialect dialect = dialect(element);
                readable &= dialect != null;
                filters.add(dialect == null ? new FilterDialect() : dialect);
            }
            spec.setFilters(filters);
        }
        if (readable) {
            for (FilterProblem problem : FilterCompiler.compile(spec).problems()) {
                document.at(problem.pointer())
                        .report(Severity.NOT_READY, problem.value(), problem.rule(), problem.remedy());
            }
        }
    }

    /** Null if a type is wrong; unknown dialects are kept, for {@link FilterCompiler} to report. */
    private @Nullable FilterDialect dialect(Field field) {
        if (!field.isPresent()) {
            field.error("is null", "remove it, or write a filter");
            return null;
        }
        if (!field.isMapping()) {
            return null;
        }
        FilterDialect dialect = new FilterDialect();
        dialect.setExact(field.child("exact").texts());
        dialect.setPrefix(field.child("prefix").texts());
        dialect.setSuffix(field.child("suffix").texts());
        dialect.setCesql(field.child("cesql").text());
        boolean readable = fits(field, "exact", dialect.getExact())
                && fits(field, "prefix", dialect.getPrefix())
                && fits(field, "suffix", dialect.getSuffix())
                && fits(field, "cesql", dialect.getCesql());
        for (String name : List.of("all", "any")) {
            List<Field> elements = field.child(name).elements();
            readable &= fits(field, name, elements);
            if (elements != null) {
                List<FilterDialect> children = new ArrayList<>(elements.size());
                for (Field element : elements) {
                    FilterDialect child = dialect(element);
                    readable &= child != null;
                    children.add(child == null ? new FilterDialect() : child);
                }
                if (name.equals("all")) {
                    dialect.setAll(children);
                } else {
                    dialect.setAny(children);
                }
            }
        }
        if (field.child("not").isPresent()) {
            FilterDialect not = dialect(field.child("not"));
            readable &= not != null;
            dialect.setNot(not);
        }
        for (Map.Entry<String, JsonNode> other : field.others(DIALECTS).entrySet()) {
            dialect.setUnknown(other.getKey(), other.getValue());
        }
        return readable ? dialect : null;
    }

    private static boolean fits(Field field, String name, @Nullable Object read) {
        return read != null || !field.child(name).isPresent();
    }

    @Nullable
    DeliverySpec delivery(Field field) {
        if (!field.isMapping(List.of(
                "deadLetterSink", "retry", "timeout", "backoffPolicy", "backoffDelay", "retryAfterMax", "format"))) {
            return null;
        }
        DeliverySpec delivery = new DeliverySpec();
        delivery.setDeadLetterSink(destination(field.child("deadLetterSink")));
        delivery.setRetry(field.child("retry").count());
        delivery.setTimeout(field.child("timeout")
                .checked(SpecReader::timeout, "write an ISO-8601 duration from PT0.001S to P365D, such as PT30S"));
        delivery.setBackoffPolicy(field.child("backoffPolicy").oneOf(List.of("linear", "exponential")));
        delivery.setBackoffDelay(field.child("backoffDelay").checked(IsoDuration::parse, ZERO_OR_MORE));
        delivery.setRetryAfterMax(field.child("retryAfterMax").checked(IsoDuration::parse, ZERO_OR_MORE));
        delivery.setFormat(field.child("format").oneOf(List.of("json", "binary")));
        return delivery;
    }

    private static void timeout(String text) {
        Duration timeout = IsoDuration.parse(text);
        if (timeout.toMillis() < 1) {
            throw new IllegalArgumentException("is shorter than a millisecond");
        }
    }

    @Nullable
    DestinationSpec destination(Field field) {
        if (!field.isMapping(List.of("ref", "uri", "CACerts", "audience"))) {
            return null;
        }
        DestinationSpec destination = new DestinationSpec();
        destination.setRef(reference(field.child("ref")));
        Field uri = field.child("uri");
        String text = uri.text();
        if (text != null) {
            destination.setUri(uri(uri, text, field.child("ref").isPresent()));
        } else if (!uri.isPresent() && !field.child("ref").isPresent()) {
            field.report(Severity.ERROR, "", "has neither ref nor uri", "write a uri such as http://localhost:8888/");
        }
        destination.setCaCerts(field.child("CACerts")
                .checked(PemCertificates::check, "write one or more PEM blocks \"-----BEGIN CERTIFICATE-----\" …"));
        destination.setAudience(field.child("audience").text());
        return destination;
    }

    private static @Nullable String uri(Field field, String text, boolean besideRef) {
        URI uri;
        String shown = Quoted.of(Credentials.hiddenInMalformed(text));
        try {
            uri = new URI(text);
        } catch (URISyntaxException e) {
            // Without the position: JDKs count it differently.
            field.report(
                    Severity.ERROR,
                    shown,
                    "is not a URI (" + e.getReason() + ")",
                    "write one such as http://localhost:8888/");
            return null;
        }
        if (besideRef) {
            if (uri.isAbsolute()) {
                field.report(
                        Severity.ERROR,
                        shown,
                        "is absolute beside a ref",
                        "write a relative path such as /events, or remove ref");
                return null;
            }
            return text;
        }
        if (!uri.isAbsolute() || uri.getHost() == null) {
            field.report(
                    Severity.ERROR,
                    shown,
                    "is not an absolute URI with a host",
                    "write one such as http://" + hint(uri, text));
            return null;
        }
        if (!uri.getScheme().equalsIgnoreCase("http") && !uri.getScheme().equalsIgnoreCase("https")) {
            field.report(
                    Severity.WARNING,
                    shown,
                    "is neither http nor https; every delivery to it fails",
                    "write an http or https URI");
        }
        return text;
    }

    /** {@code paid-orders:8080} reads as a scheme and a path, and means a host and a port. */
    private static String hint(URI uri, String text) {
        boolean hostAndPort = uri.isOpaque()
                && !uri.getSchemeSpecificPart().isEmpty()
                && Character.isDigit(uri.getSchemeSpecificPart().charAt(0));
        return hostAndPort ? Credentials.hiddenInMalformed(text) : "localhost:8888/";
    }

    private @Nullable KReference reference(Field field) {
        if (field.isPresent() && field.child("group").isPresent()) {
            field.child("group").error("is not supported in a reference", "write apiVersion: GROUP/VERSION instead");
            return null;
        }
        if (!field.isMapping(REFERENCE)) {
            return null;
        }
        KReference reference = new KReference();
        reference.setApiVersion(
                field.child("apiVersion").requiredText("write the apiVersion, such as eventing.knative.dev/v1"));
        reference.setKind(field.child("kind").requiredText("write the kind, such as Broker"));
        String name = field.child("name").requiredText("write the name");
        reference.setName(name == null ? null : field.child("name").subdomain(name));
        String other = field.child("namespace").text();
        if (other != null && !other.isEmpty()) {
            reference.setNamespace(field.child("namespace").label(other));
        }
        reference.setAddress(field.child("address").text());
        return reference;
    }
}
