/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher.send;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.UnknownHostException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CidrBlockTest {

    @ParameterizedTest
    @CsvSource({
        "169.254.0.0/16, 169.254.169.254, true",
        "169.254.0.0/16, ::ffff:169.254.169.254, true",
        "169.254.0.0/16, 169.255.0.1, false",
        "10.0.0.0/9, 10.127.255.255, true",
        "10.0.0.0/9, 10.128.0.0, false",
        "10.1.2.3/9, 10.127.0.1, true",
        "100.100.100.200, 100.100.100.200, true",
        "100.100.100.200/32, 100.100.100.201, false",
        "0.0.0.0/0, 8.8.8.8, true",
        "0.0.0.0/0, ::1, false",
        "fe80::/10, fe80::1, true",
        "fe80::/10, febf::1, true",
        "fe80::/10, fec0::1, false",
        "fd00:ec2::254/128, fd00:ec2::254, true",
        "fd00:ec2::254/128, fd00:ec2::253, false",
        "::/0, 2001:db8::1, true",
        "::/0, 10.0.0.1, false",
    })
    void tells_what_is_in_the_block(String block, String address, boolean inside) throws UnknownHostException {
        assertThat(CidrBlock.parse(block).contains(InetAddress.getByName(address)))
                .isEqualTo(inside);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "/8", "localhost", "localhost/8", "10.0.0.0/", "10.0.0.0/x", "10.0.0/a", "1.2.3.4.5", "g::1"
            })
    void says_what_would_be_a_block(String text) {
        assertThatThrownBy(() -> CidrBlock.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("\"" + text + "\"")
                .hasMessageContaining("write one such as \"10.0.0.0/8\"");
    }

    @ParameterizedTest
    @CsvSource({"10.0.0.0/33, 32", "10.0.0.0/-1, 32", "fe80::/129, 128"})
    void says_how_long_a_prefix_may_be(String text, int most) {
        assertThatThrownBy(() -> CidrBlock.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("write 0 to " + most);
    }

    @Test
    void is_equal_by_what_it_covers_and_prints_as_written() {
        assertThat(CidrBlock.parse("10.0.0.1/32")).isEqualTo(CidrBlock.parse("10.0.0.1"));
        assertThat(CidrBlock.parse("10.0.0.1/32")).isNotEqualTo(CidrBlock.parse("10.0.0.1/31"));
        assertThat(CidrBlock.parse("10.0.0.0/8")).hasToString("10.0.0.0/8");
    }
}
