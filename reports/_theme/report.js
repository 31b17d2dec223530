(async function () {
  "use strict";
  // The libraries and the charts are compressed: the page is a third smaller, and still one file.
  async function unpack(id) {
    const letters = atob(document.getElementById(id).textContent);
    const bytes = Uint8Array.from(letters, (letter) => letter.charCodeAt(0));
    return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"))).text();
  }

  const root = document.documentElement;
  document.getElementById("theme").addEventListener("click", function () {
    const isDark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = isDark ? "light" : "dark";
    this.textContent = isDark ? "Dark" : "Light";
  });

  const theme = JSON.parse(document.getElementById("theme-config").textContent);
  const isNarrow = innerWidth < 700;
  Object.assign(theme.legend, { columns: isNarrow ? 1 : 3, labelLimit: isNarrow ? innerWidth - 80 : 320 });
  theme.axis.titleLimit = innerWidth - 60;

  try {
    const libraries = document.createElement("script");
    libraries.textContent = await unpack("bundle");
    document.head.append(libraries);
    const specs = JSON.parse(await unpack("specs"));
    // Axes, legends and grid take the colour of the text around them: the theme changes without drawing again.
    await Promise.all(
      Object.keys(specs).map(async function (id) {
        const place = document.getElementById(id).querySelector(".chart");
        await vegaEmbed(place, specs[id], { config: theme, renderer: "svg", actions: false });
        place.setAttribute("role", "img");
        place.setAttribute("aria-label", specs[id].description);
      })
    );
    document.body.dataset.ready = "true";
  } catch (error) {
    document.body.dataset.ready = "failed";
    console.error(error);
  }
})();
