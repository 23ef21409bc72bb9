/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.sources.webhook;

import dev.sluice.api.source.SecretRef;
import dev.sluice.api.source.SecretValues;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Verifiers as resources describe them, made with secrets. */
final class Verifiers {

    static final SecretRef SECRET = new SecretRef("hook", "secret");

    private Verifiers() {}

    static Verifier of(Recipe recipe, String secrets) {
        return of(
                new Verification(
                        recipe,
                        List.of(SECRET),
                        new ReplayWindow(ReplayWindow.DEFAULT),
                        Optional.empty(),
                        recipe == Recipe.TOKEN ? Optional.of("X-Api-Key") : Optional.empty(),
                        Optional.empty(),
                        Optional.of("https://mycompany.com/myapp.php")),
                secrets);
    }

    static Verifier of(HmacScheme scheme, String secrets) {
        return of(
                new Verification(
                        Recipe.HMAC,
                        List.of(SECRET),
                        new ReplayWindow(ReplayWindow.DEFAULT),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.of(scheme),
                        Optional.empty()),
                secrets);
    }

    static Verifier of(Verification verification, String secrets) {
        return verification.verifier(new SecretValues(Map.of(SECRET, secrets)));
    }
}
