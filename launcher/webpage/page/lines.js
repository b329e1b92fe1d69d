// The page at /call where there are several lines. A token, which stands behind the # and which the
// server never sees, goes along to the line that is chosen.
for (const link of document.querySelectorAll("main a")) link.hash = location.hash;
