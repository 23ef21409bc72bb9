/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NearestTest {

    private static final List<String> KNOWN = List.of("--ingress-port", "--admin-port", "--file", "get", "serve");

    @ParameterizedTest
    @CsvSource({
        "--ingres-port,--ingress-port",
        "--ingressport,--ingress-port",
        "--admin-prot,--admin-port",
        "--flie,--file",
        "serv,serve",
        "SERVE,serve",
        "--port,",
        "something-else-entirely,",
        "x,",
    })
    void names_what_was_most_likely_meant_and_nothing_far_off(String written, String meant) {
        assertThat(Nearest.to(written, KNOWN).orElse(null)).isEqualTo(meant);
    }
}
