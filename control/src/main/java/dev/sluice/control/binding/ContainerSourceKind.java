/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.binding;

import dev.sluice.api.routing.ResourceName;
import dev.sluice.api.source.SourceDefinition;
import dev.sluice.api.source.SpecField;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Knative's ContainerSource: a Deployment of the user's own containers, which are told where to send their events. */
public final class ContainerSourceKind implements WorkloadKind {

    public static final String KIND = "ContainerSource";

    /** Of the value of a label, as which the name stands on the pods. */
    private static final int LONGEST_NAME = 63;

    private static final String REMEDY = "write a pod template with spec.containers, each with an image";

    @Override
    public List<String> apiVersions() {
        return List.of("sources.knative.dev/v1");
    }

    @Override
    public String kind() {
        return KIND;
    }

    @Override
    public String plural() {
        return "containersources";
    }

    @Override
    public List<String> conditions() {
        return List.of("SinkBindingReady", "ReceiveAdapterReady");
    }

    @Override
    public @Nullable SourceDefinition read(ResourceName name, SpecField metadata, SpecField spec) {
        if (!spec.isMapping("template")) {
            return null;
        }
        boolean isShort = name.name().length() <= LONGEST_NAME;
        if (!isShort) {
            metadata.child("name")
                    .error("is longer than " + LONGEST_NAME + " characters", "its pods have it as a label; shorten it");
        }
        SpecField template = spec.child("template");
        if (!template.isPresent()) {
            template.missing(REMEDY);
            return null;
        }
        // The rest is the API server's to check: it refuses the Deployment, and the status says so.
        if (!template.isMapping()) {
            return null;
        }
        boolean takesLabels = takesLabels(template.child("metadata"));
        return isPod(template.child("spec")) && takesLabels && isShort ? new ContainerSourceDefinition() : null;
    }

    /** Sluice adds labels of its own. */
    private static boolean takesLabels(SpecField metadata) {
        if (!metadata.isPresent()) {
            return true;
        }
        if (!metadata.isMapping()) {
            return false;
        }
        SpecField labels = metadata.child("labels");
        return !labels.isPresent() || labels.isMapping();
    }

    private static boolean isPod(SpecField pod) {
        if (!pod.isPresent()) {
            pod.missing(REMEDY);
            return false;
        }
        if (!pod.isMapping()) {
            return false;
        }
        SpecField containers = pod.child("containers");
        List<? extends SpecField> elements = containers.elements();
        if (elements == null) {
            if (!containers.isPresent()) {
                containers.missing(REMEDY);
            }
            return false;
        }
        if (elements.isEmpty()) {
            containers.error("is empty", REMEDY);
            return false;
        }
        boolean all = true;
        for (SpecField container : elements) {
            all &= hasImage(container);
        }
        return all;
    }

    private static boolean hasImage(SpecField container) {
        if (!container.isPresent()) {
            container.missing("write an image in it");
        }
        return container.isMapping() && container.child("image").requiredText("write the image to run") != null;
    }
}
