/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.api.cesql;

import static java.util.Objects.requireNonNull;

import java.util.Optional;

/**
 * What an evaluation came to: always a value, and the error that ended it if there was one.
 *
 * @param value a {@link String}, an {@link Integer} or a {@link Boolean}
 * @param error the first error; evaluation stops there (CESQL 1.0, 4.1, fail fast mode)
 */
public record CesqlResult(Object value, Optional<CesqlError> error) {

    public CesqlResult {
        requireNonNull(value, "value");
        requireNonNull(error, "error");
    }
}
