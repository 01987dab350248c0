(() => {
  const find = document.getElementById("find"), only = document.getElementById("only");
  if (!find) return;
  const rows = [...document.querySelectorAll("#rows > details")];
  const texts = rows.map((row) => row.textContent.toLowerCase());
  const found = document.getElementById("found");
  const show = () => {
    const words = find.value.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    rows.forEach((row, at) => {
      const fits = (!only.value || row.dataset.change === only.value) && words.every((word) => texts[at].includes(word));
      if (row.hidden === fits) row.hidden = !fits;
      if (fits) count += 1;
    });
    found.value = `${count} of ${rows.length}`;
  };
  find.addEventListener("input", show);
  only.addEventListener("change", show);
})();
