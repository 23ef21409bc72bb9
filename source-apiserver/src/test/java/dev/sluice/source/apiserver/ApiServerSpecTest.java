/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.source.apiserver;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.api.filter.Filter;
import dev.sluice.api.routing.ResourceName;
import dev.sluice.testkit.WrittenField;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ApiServerSpecTest {

    private static final ResourceName NAME = new ResourceName("shop", "watch");

    private static ApiServerDefinition read(String spec) {
        WrittenField field = WrittenField.spec(new JsonObject(spec.replace('\'', '"')));
        var definition = (ApiServerDefinition)
                new ApiServerSourceKind().read(NAME, WrittenField.metadata(new JsonObject()), field);
        assertThat(field.errors()).isEmpty();
        return Objects.requireNonNull(definition);
    }

    @Test
    void what_is_left_out_has_knatives_defaults() {
        // When
        ApiServerDefinition definition = read("{'resources': [{'apiVersion': 'v1', 'kind': 'Event'}]}");

        // Then
        assertThat(definition.mode()).isEqualTo(Mode.REFERENCE);
        assertThat(definition.scope()).isEqualTo(Scope.OWN);
        assertThat(definition.owner()).isEqualTo(Owner.ANY);
        assertThat(definition.filter()).isEqualTo(new Filter.Everything());
        assertThat(definition.user()).isEmpty();
        assertThat(definition.isSingle()).isTrue();
        assertThat(definition.resources()).containsExactly(new WatchedKind("v1", "Event", ""));
    }

    @Test
    void an_empty_namespace_selector_selects_all_namespaces() {
        // Then
        assertThat(read("{'resources': [{'apiVersion': 'v1', 'kind': 'Pod'}], 'namespaceSelector': {}}")
                        .scope()
                        .isAll())
                .isTrue();
    }

    @Test
    void a_service_account_is_one_of_the_sources_namespace() {
        // Then
        assertThat(read("{'resources': [{'apiVersion': 'v1', 'kind': 'Pod'}], 'serviceAccountName': 'watcher'}")
                        .user())
                .isEqualTo("system:serviceaccount:shop:watcher");
    }

    @Test
    void selectors_are_written_as_the_api_has_them() {
        // When
        List<WatchedKind> resources = read("""
                {'resources': [{'apiVersion': 'v1', 'kind': 'Pod', 'selector': {
                    'matchLabels': {'app': 'shop'},
                    'matchExpressions': [
                        {'key': 'env', 'operator': 'In', 'values': ['test', 'live']},
                        {'key': 'tier', 'operator': 'NotIn', 'values': ['db']},
                        {'key': 'example.com/team', 'operator': 'Exists'},
                        {'key': 'old', 'operator': 'DoesNotExist'}]}}]}
                """).resources();

        // Then
        assertThat(resources.get(0).selector())
                .isEqualTo("app=shop,env in (test,live),tier notin (db),example.com/team,!old");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{}                                                                    | resources is missing",
                "{'resources': []}                                                     | resources [] is empty",
                "{'resources': [{'kind': 'Pod'}]}                                      | apiVersion is missing",
                "{'resources': [{'apiVersion': 'v1'}]}                                 | kind is missing",
                "{'resources': [{'apiVersion': 'a/b/v1', 'kind': 'Pod'}]}              | is no version of an API",
                "{'resources': [{'apiVersion': 'v1', 'kind': 'P/x'}]}                  | is no kind",
                "{'resources': [{'apiVersion': 'v1', 'kind': 'Pod', 'name': 'x'}]}     | name is not a known field",
                "{'resources': [{'apiVersion': 'v1', 'kind': 'Pod'}, {'apiVersion': 'v1', 'kind': 'Pod'}]} | is there twice",
                "{'mode': 'Whole'}                                                     | mode is not one of",
                "{'owner': {'kind': 'Pod'}}                                            | apiVersion is missing",
                "{'serviceAccountName': 'Not One'}                                     | is no name of a service account",
                "{'namespaceSelector': {'matchLabels': {'a b': 'c'}}}                  | is no name of a label",
                "{'namespaceSelector': {'matchLabels': {'a': 'b c'}}}                  | is no value of a label",
                "{'namespaceSelector': {'matchExpressions': [{'key': 'a', 'operator': 'In'}]}} | values null is empty",
                "{'namespaceSelector': {'matchExpressions': [{'key': 'a', 'operator': 'Is'}]}} | operator is not one of",
                "{'filters': [{'exakt': {'type': 'a'}}]}                               | exakt is not a known field",
                "{'filters': [{}]}                                                     | has no dialect",
                "{'filters': [{'exact': {'type': ''}}]}                                | can't be used",
                "{'filters': [{'cesql': 'type ='}]}                                    | is no CloudEvents SQL expression",
                "{'filters': [{'not': {'any': []}}]}                                   | has no filter in it",
            })
    void what_is_wrong_is_told(String spec, String rule) {
        // Given
        WrittenField field = WrittenField.spec(new JsonObject(spec.replace('\'', '"')));

        // When
        new ApiServerSourceKind().read(NAME, WrittenField.metadata(new JsonObject()), field);

        // Then
        assertThat(field.errors()).anyMatch(error -> error.contains(rule));
    }
}
