# Copyright (c) 2026 The Torsion authors
# SPDX-License-Identifier: MIT

"""The twin of broken/broken_test.go: it cannot be imported."""

price = undefined_price
