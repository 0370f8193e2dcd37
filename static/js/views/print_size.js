// Which of the timeline's sizes this screen wants.

/** @typedef {import("../timeline/tokens.js").SizeName} SizeName */

const PHONE = "(max-width: 599px)";
/** Below, the projector's names and times leave too little for the lanes. */
const ROOMY = "(min-width: 1500px) and (min-height: 850px)";

export class PrintSize {
  /** @param {() => void} onChange */
  constructor(onChange) {
    this.phone = matchMedia(PHONE);
    this.roomy = matchMedia(ROOMY);
    for (const query of [this.phone, this.roomy]) query.addEventListener("change", onChange);
  }

  /** @param {import("./theme.js").ThemeName} theme @returns {SizeName} */
  of(theme) {
    if (this.phone.matches) return "phone";
    if (theme !== "projector") return "laptop";
    return this.roomy.matches ? "projector" : "projectorSmall";
  }
}
