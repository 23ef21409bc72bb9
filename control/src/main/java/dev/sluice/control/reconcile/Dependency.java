/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.reconcile;

import dev.sluice.control.reconcile.Conditions.Mark;
import dev.sluice.control.store.Target;
import dev.sluice.control.store.TargetKey;

/** What the condition {@code DependencyReady} of a Trigger says, in the words of Knative. */
final class Dependency {

    private Dependency() {}

    static Mark mark(TargetKey key, Target target) {
        String what = "the dependency " + key;
        if (target instanceof Target.Found found) {
            return mark(what, found.readiness());
        }
        if (target instanceof Target.Unseen) {
            return Mark.unknown("DependencyNotConfigured", what + " is being looked up");
        }
        if (target instanceof Target.Forbidden) {
            return Mark.isFalse(
                    "DependencyGetFailed",
                    what + " may not be looked at; allow the service account of Sluice to get, list and watch "
                            + key.kind() + " of " + key.apiVersion());
        }
        return Mark.isFalse("DependencyDoesNotExist", what + " does not exist; create it, or remove the annotation");
    }

    private static Mark mark(String what, Target.Readiness readiness) {
        if (!readiness.isCurrent()) {
            return Mark.unknown("GenerationNotEqual", "the status of " + what + " is about an earlier generation");
        }
        String status = readiness.status().orElse("Unknown");
        if (status.equals("True")) {
            return Mark.TRUE;
        }
        String message = what + " is not Ready" + (readiness.message().isEmpty() ? "" : ": " + readiness.message());
        if (status.equals("False")) {
            return Mark.isFalse(readiness.reason().isEmpty() ? "DependencyNotReady" : readiness.reason(), message);
        }
        return Mark.unknown(readiness.reason().isEmpty() ? "DependencyNotConfigured" : readiness.reason(), message);
    }
}
