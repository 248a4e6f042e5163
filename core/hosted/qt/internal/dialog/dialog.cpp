// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

#include "dialog.h"

#include <QDialog>

static QDialog *dialog;

void dialog_run(void) {
	QDialog d;
	dialog = &d;
	d.exec();
	dialog = nullptr;
}

void dialog_end(void) {
	if (dialog != nullptr) dialog->accept();
}
