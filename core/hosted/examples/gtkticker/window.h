// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// The window, seen from Go. It calls back: tickerPainted, tickerFrame, tickerClosed.
#ifndef TICKER_WINDOW_H
#define TICKER_WINDOW_H

void window_open(const char *title, int columns, int rows);
void window_set_lines(const char *text);
void window_set_status(const char *text);

#endif
