/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.reconcile;

/**
 * What the data plane has in force.
 *
 * @param report what the data plane said of it
 * @param statuses those that were published of it
 */
record InForce(Reconciliation reconciliation, DataPlaneReport report, Statuses statuses) {

    static final InForce NOTHING = new InForce(Reconciliation.NOTHING, DataPlaneReport.inForce(), Statuses.none());

    InForce with(Statuses others) {
        return new InForce(reconciliation, report, others);
    }
}
