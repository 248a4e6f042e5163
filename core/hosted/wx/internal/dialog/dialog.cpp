// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

#include "dialog.h"

#include <wx/dialog.h>

static wxDialog *dialog;

void dialog_run(void) {
	wxDialog d(nullptr, wxID_ANY, "A dialog");
	dialog = &d;
	d.ShowModal();
	dialog = nullptr;
}

void dialog_end(void) {
	if (dialog != nullptr) dialog->EndModal(wxID_OK);
}
