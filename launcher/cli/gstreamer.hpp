#pragma once

namespace jackfield::cli {

// Initialises GStreamer; finds our plugins where `meson install` put them, unless they are found
// anyway (GST_PLUGIN_PATH, a system folder).
void init_gstreamer();

}  // namespace jackfield::cli
