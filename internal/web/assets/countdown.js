// How long something lasts yet, in minutes and seconds, counted from when the page came: clocks of computers differ.
(() => {
  "use strict";
  for (const place of document.querySelectorAll("[data-countdown]")) {
    const end = performance.now() + Number(place.dataset.countdown) * 1000;
    const show = () => {
      const left = Math.ceil((end - performance.now()) / 1000);
      if (left <= 0) {
        clearInterval(timer);
        place.textContent = place.dataset.over;
        return;
      }
      place.textContent = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
    };
    const timer = setInterval(show, 1000);
    show();
  }
})();
