// Which of the timeline's sizes this screen wants.

/** @typedef {import("../timeline/tokens.js").SizeName} SizeName */

const PHONE = "(max-width: 599px)";
/** Below, the projector's names and times leave too little for the lanes. */
const ROOMY = "(min-width: 1500px) and (min-height: 850px)";

/** A frame may be narrow beside a mouse, too. */
const FINGERS = "(pointer: coarse)";

export class PrintSize {
  /** @param {() => void} onChange */
  constructor(onChange) {
    this.phone = matchMedia(PHONE);
    this.fingers = matchMedia(FINGERS);
    this.isFrame = document.documentElement.dataset.embed !== undefined;
    this.roomy = matchMedia(ROOMY);
    for (const query of [this.phone, this.roomy]) query.addEventListener("change", onChange);
  }

  /** @param {import("./theme.js").ThemeName} theme @returns {SizeName} */
  of(theme) {
    if (this.phone.matches && (this.fingers.matches || !this.isFrame)) return "phone";
    if (theme !== "projector") return this.isFrame ? "embed" : "laptop";
    return this.roomy.matches ? "projector" : "projectorSmall";
  }
}
